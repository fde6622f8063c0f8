// Original file: proto/seawall/v1/client.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ApplyRequest as _seawall_v1_ApplyRequest, ApplyRequest__Output as _seawall_v1_ApplyRequest__Output } from '../../seawall/v1/ApplyRequest.ts';
import type { ApplyResponse as _seawall_v1_ApplyResponse, ApplyResponse__Output as _seawall_v1_ApplyResponse__Output } from '../../seawall/v1/ApplyResponse.ts';
import type { ComplianceRequest as _seawall_v1_ComplianceRequest, ComplianceRequest__Output as _seawall_v1_ComplianceRequest__Output } from '../../seawall/v1/ComplianceRequest.ts';
import type { CreateTokenRequest as _seawall_v1_CreateTokenRequest, CreateTokenRequest__Output as _seawall_v1_CreateTokenRequest__Output } from '../../seawall/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse as _seawall_v1_CreateTokenResponse, CreateTokenResponse__Output as _seawall_v1_CreateTokenResponse__Output } from '../../seawall/v1/CreateTokenResponse.ts';
import type { DeleteHostRequest as _seawall_v1_DeleteHostRequest, DeleteHostRequest__Output as _seawall_v1_DeleteHostRequest__Output } from '../../seawall/v1/DeleteHostRequest.ts';
import type { DeleteHostResponse as _seawall_v1_DeleteHostResponse, DeleteHostResponse__Output as _seawall_v1_DeleteHostResponse__Output } from '../../seawall/v1/DeleteHostResponse.ts';
import type { DeleteRequest as _seawall_v1_DeleteRequest, DeleteRequest__Output as _seawall_v1_DeleteRequest__Output } from '../../seawall/v1/DeleteRequest.ts';
import type { DocumentResponse as _seawall_v1_DocumentResponse, DocumentResponse__Output as _seawall_v1_DocumentResponse__Output } from '../../seawall/v1/DocumentResponse.ts';
import type { ExposureRequest as _seawall_v1_ExposureRequest, ExposureRequest__Output as _seawall_v1_ExposureRequest__Output } from '../../seawall/v1/ExposureRequest.ts';
import type { FleetFlowsRequest as _seawall_v1_FleetFlowsRequest, FleetFlowsRequest__Output as _seawall_v1_FleetFlowsRequest__Output } from '../../seawall/v1/FleetFlowsRequest.ts';
import type { FleetFlowsResponse as _seawall_v1_FleetFlowsResponse, FleetFlowsResponse__Output as _seawall_v1_FleetFlowsResponse__Output } from '../../seawall/v1/FleetFlowsResponse.ts';
import type { GetRequest as _seawall_v1_GetRequest, GetRequest__Output as _seawall_v1_GetRequest__Output } from '../../seawall/v1/GetRequest.ts';
import type { GetResponse as _seawall_v1_GetResponse, GetResponse__Output as _seawall_v1_GetResponse__Output } from '../../seawall/v1/GetResponse.ts';
import type { LabelHostRequest as _seawall_v1_LabelHostRequest, LabelHostRequest__Output as _seawall_v1_LabelHostRequest__Output } from '../../seawall/v1/LabelHostRequest.ts';
import type { SetHostRequest as _seawall_v1_SetHostRequest, SetHostRequest__Output as _seawall_v1_SetHostRequest__Output } from '../../seawall/v1/SetHostRequest.ts';
import type { TraceRequest as _seawall_v1_TraceRequest, TraceRequest__Output as _seawall_v1_TraceRequest__Output } from '../../seawall/v1/TraceRequest.ts';
import type { VersionRequest as _seawall_v1_VersionRequest, VersionRequest__Output as _seawall_v1_VersionRequest__Output } from '../../seawall/v1/VersionRequest.ts';
import type { VersionResponse as _seawall_v1_VersionResponse, VersionResponse__Output as _seawall_v1_VersionResponse__Output } from '../../seawall/v1/VersionResponse.ts';

export interface ClientServiceClient extends grpc.Client {
  /**
   * All files become one revision, or none does. Issues in the manifests are
   * an answer, not an RPC error. Fails with ABORTED when if_revision is stale.
   */
  Apply(argument: _seawall_v1_ApplyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Apply(argument: _seawall_v1_ApplyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Apply(argument: _seawall_v1_ApplyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Apply(argument: _seawall_v1_ApplyRequest, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  /**
   * All files become one revision, or none does. Issues in the manifests are
   * an answer, not an RPC error. Fails with ABORTED when if_revision is stale.
   */
  apply(argument: _seawall_v1_ApplyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  apply(argument: _seawall_v1_ApplyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  apply(argument: _seawall_v1_ApplyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  apply(argument: _seawall_v1_ApplyRequest, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Whether hosts enforce what they should, from their kernels as they are now; signed by the controller.
   */
  Compliance(argument: _seawall_v1_ComplianceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Compliance(argument: _seawall_v1_ComplianceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Compliance(argument: _seawall_v1_ComplianceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Compliance(argument: _seawall_v1_ComplianceRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Whether hosts enforce what they should, from their kernels as they are now; signed by the controller.
   */
  compliance(argument: _seawall_v1_ComplianceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  compliance(argument: _seawall_v1_ComplianceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  compliance(argument: _seawall_v1_ComplianceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  compliance(argument: _seawall_v1_ComplianceRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  
  CreateToken(argument: _seawall_v1_CreateTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _seawall_v1_CreateTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _seawall_v1_CreateTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _seawall_v1_CreateTokenRequest, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _seawall_v1_CreateTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _seawall_v1_CreateTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _seawall_v1_CreateTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _seawall_v1_CreateTokenRequest, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  
  Delete(argument: _seawall_v1_DeleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _seawall_v1_DeleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _seawall_v1_DeleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _seawall_v1_DeleteRequest, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _seawall_v1_DeleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _seawall_v1_DeleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _seawall_v1_DeleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _seawall_v1_DeleteRequest, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  
  DeleteHost(argument: _seawall_v1_DeleteHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  DeleteHost(argument: _seawall_v1_DeleteHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  DeleteHost(argument: _seawall_v1_DeleteHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  DeleteHost(argument: _seawall_v1_DeleteHostRequest, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  deleteHost(argument: _seawall_v1_DeleteHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  deleteHost(argument: _seawall_v1_DeleteHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  deleteHost(argument: _seawall_v1_DeleteHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  deleteHost(argument: _seawall_v1_DeleteHostRequest, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * From where each published port of the hosts can be reached now.
   */
  Exposure(argument: _seawall_v1_ExposureRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Exposure(argument: _seawall_v1_ExposureRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Exposure(argument: _seawall_v1_ExposureRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Exposure(argument: _seawall_v1_ExposureRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  /**
   * From where each published port of the hosts can be reached now.
   */
  exposure(argument: _seawall_v1_ExposureRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  exposure(argument: _seawall_v1_ExposureRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  exposure(argument: _seawall_v1_ExposureRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  exposure(argument: _seawall_v1_ExposureRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * What rules tell of the packets that they match, from now on: hosts collect nothing before.
   */
  Flows(argument: _seawall_v1_FleetFlowsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_FleetFlowsResponse__Output>;
  Flows(argument: _seawall_v1_FleetFlowsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_FleetFlowsResponse__Output>;
  /**
   * What rules tell of the packets that they match, from now on: hosts collect nothing before.
   */
  flows(argument: _seawall_v1_FleetFlowsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_FleetFlowsResponse__Output>;
  flows(argument: _seawall_v1_FleetFlowsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_FleetFlowsResponse__Output>;
  
  Get(argument: _seawall_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _seawall_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _seawall_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _seawall_v1_GetRequest, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _seawall_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _seawall_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _seawall_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _seawall_v1_GetRequest, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  
  LabelHost(argument: _seawall_v1_LabelHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  LabelHost(argument: _seawall_v1_LabelHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  LabelHost(argument: _seawall_v1_LabelHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  LabelHost(argument: _seawall_v1_LabelHostRequest, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  labelHost(argument: _seawall_v1_LabelHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  labelHost(argument: _seawall_v1_LabelHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  labelHost(argument: _seawall_v1_LabelHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  labelHost(argument: _seawall_v1_LabelHostRequest, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  
  SetHost(argument: _seawall_v1_SetHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  SetHost(argument: _seawall_v1_SetHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  SetHost(argument: _seawall_v1_SetHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  SetHost(argument: _seawall_v1_SetHostRequest, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  setHost(argument: _seawall_v1_SetHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  setHost(argument: _seawall_v1_SetHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  setHost(argument: _seawall_v1_SetHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  setHost(argument: _seawall_v1_SetHostRequest, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * What becomes of a connection on the hosts as they are now.
   */
  Trace(argument: _seawall_v1_TraceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Trace(argument: _seawall_v1_TraceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Trace(argument: _seawall_v1_TraceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Trace(argument: _seawall_v1_TraceRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  /**
   * What becomes of a connection on the hosts as they are now.
   */
  trace(argument: _seawall_v1_TraceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  trace(argument: _seawall_v1_TraceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  trace(argument: _seawall_v1_TraceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  trace(argument: _seawall_v1_TraceRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  
  Version(argument: _seawall_v1_VersionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  Version(argument: _seawall_v1_VersionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  Version(argument: _seawall_v1_VersionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  Version(argument: _seawall_v1_VersionRequest, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  version(argument: _seawall_v1_VersionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  version(argument: _seawall_v1_VersionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  version(argument: _seawall_v1_VersionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  version(argument: _seawall_v1_VersionRequest, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Streams the whole answer of Get at once, then again after each change.
   */
  Watch(argument: _seawall_v1_GetRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_GetResponse__Output>;
  Watch(argument: _seawall_v1_GetRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_GetResponse__Output>;
  /**
   * Streams the whole answer of Get at once, then again after each change.
   */
  watch(argument: _seawall_v1_GetRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_GetResponse__Output>;
  watch(argument: _seawall_v1_GetRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_GetResponse__Output>;
  
}

export interface ClientServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * All files become one revision, or none does. Issues in the manifests are
   * an answer, not an RPC error. Fails with ABORTED when if_revision is stale.
   */
  Apply: grpc.handleUnaryCall<_seawall_v1_ApplyRequest__Output, _seawall_v1_ApplyResponse>;
  
  /**
   * Whether hosts enforce what they should, from their kernels as they are now; signed by the controller.
   */
  Compliance: grpc.handleUnaryCall<_seawall_v1_ComplianceRequest__Output, _seawall_v1_DocumentResponse>;
  
  CreateToken: grpc.handleUnaryCall<_seawall_v1_CreateTokenRequest__Output, _seawall_v1_CreateTokenResponse>;
  
  Delete: grpc.handleUnaryCall<_seawall_v1_DeleteRequest__Output, _seawall_v1_ApplyResponse>;
  
  DeleteHost: grpc.handleUnaryCall<_seawall_v1_DeleteHostRequest__Output, _seawall_v1_DeleteHostResponse>;
  
  /**
   * From where each published port of the hosts can be reached now.
   */
  Exposure: grpc.handleUnaryCall<_seawall_v1_ExposureRequest__Output, _seawall_v1_DocumentResponse>;
  
  /**
   * What rules tell of the packets that they match, from now on: hosts collect nothing before.
   */
  Flows: grpc.handleServerStreamingCall<_seawall_v1_FleetFlowsRequest__Output, _seawall_v1_FleetFlowsResponse>;
  
  Get: grpc.handleUnaryCall<_seawall_v1_GetRequest__Output, _seawall_v1_GetResponse>;
  
  LabelHost: grpc.handleUnaryCall<_seawall_v1_LabelHostRequest__Output, _seawall_v1_GetResponse>;
  
  SetHost: grpc.handleUnaryCall<_seawall_v1_SetHostRequest__Output, _seawall_v1_GetResponse>;
  
  /**
   * What becomes of a connection on the hosts as they are now.
   */
  Trace: grpc.handleUnaryCall<_seawall_v1_TraceRequest__Output, _seawall_v1_DocumentResponse>;
  
  Version: grpc.handleUnaryCall<_seawall_v1_VersionRequest__Output, _seawall_v1_VersionResponse>;
  
  /**
   * Streams the whole answer of Get at once, then again after each change.
   */
  Watch: grpc.handleServerStreamingCall<_seawall_v1_GetRequest__Output, _seawall_v1_GetResponse>;
  
}

export interface ClientServiceDefinition extends grpc.ServiceDefinition {
  Apply: MethodDefinition<_seawall_v1_ApplyRequest, _seawall_v1_ApplyResponse, _seawall_v1_ApplyRequest__Output, _seawall_v1_ApplyResponse__Output>
  Compliance: MethodDefinition<_seawall_v1_ComplianceRequest, _seawall_v1_DocumentResponse, _seawall_v1_ComplianceRequest__Output, _seawall_v1_DocumentResponse__Output>
  CreateToken: MethodDefinition<_seawall_v1_CreateTokenRequest, _seawall_v1_CreateTokenResponse, _seawall_v1_CreateTokenRequest__Output, _seawall_v1_CreateTokenResponse__Output>
  Delete: MethodDefinition<_seawall_v1_DeleteRequest, _seawall_v1_ApplyResponse, _seawall_v1_DeleteRequest__Output, _seawall_v1_ApplyResponse__Output>
  DeleteHost: MethodDefinition<_seawall_v1_DeleteHostRequest, _seawall_v1_DeleteHostResponse, _seawall_v1_DeleteHostRequest__Output, _seawall_v1_DeleteHostResponse__Output>
  Exposure: MethodDefinition<_seawall_v1_ExposureRequest, _seawall_v1_DocumentResponse, _seawall_v1_ExposureRequest__Output, _seawall_v1_DocumentResponse__Output>
  Flows: MethodDefinition<_seawall_v1_FleetFlowsRequest, _seawall_v1_FleetFlowsResponse, _seawall_v1_FleetFlowsRequest__Output, _seawall_v1_FleetFlowsResponse__Output>
  Get: MethodDefinition<_seawall_v1_GetRequest, _seawall_v1_GetResponse, _seawall_v1_GetRequest__Output, _seawall_v1_GetResponse__Output>
  LabelHost: MethodDefinition<_seawall_v1_LabelHostRequest, _seawall_v1_GetResponse, _seawall_v1_LabelHostRequest__Output, _seawall_v1_GetResponse__Output>
  SetHost: MethodDefinition<_seawall_v1_SetHostRequest, _seawall_v1_GetResponse, _seawall_v1_SetHostRequest__Output, _seawall_v1_GetResponse__Output>
  Trace: MethodDefinition<_seawall_v1_TraceRequest, _seawall_v1_DocumentResponse, _seawall_v1_TraceRequest__Output, _seawall_v1_DocumentResponse__Output>
  Version: MethodDefinition<_seawall_v1_VersionRequest, _seawall_v1_VersionResponse, _seawall_v1_VersionRequest__Output, _seawall_v1_VersionResponse__Output>
  Watch: MethodDefinition<_seawall_v1_GetRequest, _seawall_v1_GetResponse, _seawall_v1_GetRequest__Output, _seawall_v1_GetResponse__Output>
}

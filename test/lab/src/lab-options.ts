import type { Engine } from "./engine.ts";
import type { IptablesVariant } from "./lab-folder.ts";
import type { Progress } from "./private-apt.ts";

export interface NodeOptions {
  readonly name: string;
  /** Further addresses with prefix length; all other nodes get a route to each. */
  readonly addresses?: readonly string[];
  /**
   * Name of the node that routes for this one. The node hangs on a second switch, which only the
   * router (its `eth1`) and other nodes behind it share; all other nodes reach it through the router.
   */
  readonly behind?: string;
  /** Programs that this node does not have: `ipset`. They are removed before anything runs. */
  readonly lacks?: readonly string[];
}

export interface HostOptions extends NodeOptions {
  /** Default true, as Docker has it. */
  readonly userlandProxy?: boolean;
  /** Whether Docker keeps rules for IPv6. Default true, although 20.10 and 26.1 have to be told. */
  readonly ip6tables?: boolean;
  /** More options of dockerd; `--iptables=false`. */
  readonly dockerdArgs?: readonly string[];
  /** Which iptables the host's `iptables` and `ip6tables` are. Default: the lab's. */
  readonly iptables?: IptablesVariant;
  /** False: no interface of the host has IPv6 (`disable_ipv6`). Default true. */
  readonly ipv6?: boolean;
  /** Firewalld, with a D-Bus of its own, from before Docker starts. Default false. */
  readonly firewalld?: boolean;
  /** False: the host is up, and neither containerd nor dockerd runs until `startDocker`. Default true. */
  readonly startsDocker?: boolean;
}

export interface LabOptions {
  /** Default 20.10, the one of Debian 12. */
  readonly engine?: Engine;
  /** Which iptables `iptables` is in all nodes, and so which one Docker uses. Default nft. */
  readonly iptables?: IptablesVariant;
  readonly hosts: readonly HostOptions[];
  /** Machines without Docker: a controller, a client outside the fleet. */
  readonly nodes?: readonly NodeOptions[];
  readonly progress?: Progress;
}

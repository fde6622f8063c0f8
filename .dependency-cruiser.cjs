// The architecture as rules. Each carries its reason; a change that needs a rule
// loosened is a change of the architecture and needs an ADR.
const core = "^(policy/src|agent/src/core|controller/src/core)/(?!.*\\.test\\.ts$)";

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "The data goes one way; a cycle means two files are one concept.",
      severity: "error",
      from: { pathNot: "^proto/src/gen/" },
      to: { circular: true },
    },
    {
      name: "proto-imports-no-sibling",
      comment: "The wire contract depends on nobody, or it is not a contract.",
      severity: "error",
      from: { path: "^proto/" },
      to: { path: "^(policy|controller|agent|cli|test|deploy)/" },
    },
    {
      name: "policy-imports-only-proto",
      comment: "The language runs anywhere: in a user's CI, on the controller, on a host.",
      severity: "error",
      from: { path: "^policy/" },
      to: { path: "^(controller|agent|cli|test|deploy)/" },
    },
    {
      name: "controller-and-agent-are-strangers",
      comment: "They meet only on the wire; whatever both need is proto's or policy's.",
      severity: "error",
      from: { path: "^(controller|agent)/" },
      to: { path: "^(controller|agent)/", pathNot: "^$1/" },
    },
    {
      name: "nobody-imports-the-cli",
      comment: "The CLI is a client.",
      severity: "error",
      from: { pathNot: "^cli/" },
      to: { path: "^cli/" },
    },
    {
      name: "product-does-not-import-tests",
      comment: "The lab is for tests and the demo.",
      severity: "error",
      from: {
        path: "^(proto|policy|controller|agent|cli)/",
        pathNot: "\\.(?:test|bench)\\.ts$|/src/testing/",
      },
      to: { path: "^(test|deploy)/" },
    },
    {
      name: "core-is-pure",
      comment:
        "Parse, compile, resolve, render, diff and compliance take values and return values.",
      severity: "error",
      from: { path: core },
      to: {
        path: "^(fs|child_process|net|tls|http|http2|https|dns|dgram|os|timers|worker_threads)(/|$)|node_modules/(nats|dockerode|pino|@grpc)/",
        pathNot: "^net$",
      },
    },
    {
      name: "core-never-imports-an-edge",
      comment: "Edges know the core, never the other way round.",
      severity: "error",
      from: { path: "^(agent|controller)/src/core/" },
      to: { path: "^(agent|controller)/src/(?!core/)" },
    },
    {
      name: "not-to-test",
      comment: "A test is imported by nobody.",
      severity: "error",
      from: {},
      to: { path: "\\.test\\.ts$" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@seawall/source", "import", "types", "default"],
      extensions: [".ts", ".js", ".json", ".mjs"],
    },
  },
};

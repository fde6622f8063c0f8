import "./containers.host.test.ts";

#!/usr/bin/env node
// Committed, so that the executable's link exists before the first build.
import "../dist/bundle/main.js";

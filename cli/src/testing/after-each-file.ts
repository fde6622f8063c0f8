import { afterAll } from "vitest";
import { removeHomes } from "./empty-home.ts";

afterAll(removeHomes);

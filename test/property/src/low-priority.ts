import { constants, setPriority } from "node:os";

/** A test file that loads this takes the processor only while nobody else wants it. */
setPriority(constants.priority.PRIORITY_LOW);

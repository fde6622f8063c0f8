/** This machine cannot run a lab; the message says what to do. */
export class UnfitMachineError extends Error {
  override readonly name = "UnfitMachineError";
}

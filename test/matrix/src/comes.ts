import { eventually } from "@seawall/lab";

/** Looks until it is so, or what is wrong has stayed for a while. */
export async function comes(look: () => Promise<void>): Promise<void> {
  const isSo = async (): Promise<true> => {
    await look();
    return true;
  };
  await eventually(isSo, { what: "it to be so" });
}

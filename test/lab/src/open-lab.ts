import { existsSync } from "node:fs";
import { eventually } from "./eventually.ts";
import { type Lab, labOf } from "./lab.ts";
import { labDir, listLabIds, readLabRecord } from "./lab-folder.ts";
import { isAlive } from "./process-identity.ts";

/** Opens a lab that another process started. */
export async function openLab(id: string): Promise<Lab> {
  const record = await readLabRecord(id);
  if (record === undefined || !(await isAlive(record.warden))) {
    throw new Error(`there is no running lab ${id}`);
  }
  return labOf(record, {
    keep: () => {
      throw new Error("only the process that started a lab can keep it");
    },
    end: async () => {
      process.kill(record.warden.pid, "SIGTERM");
      const gone = async (): Promise<boolean> =>
        !(await isAlive(record.warden)) && !existsSync(labDir(id));
      await eventually(gone, { what: `lab ${id} to be gone`, timeoutMs: 60_000 });
    },
  });
}

/** Labs that run now, whoever started them. */
export async function listLabs(): Promise<readonly Lab[]> {
  const labs: Lab[] = [];
  for (const id of await listLabIds()) {
    const lab = await openLab(id).catch(() => undefined);
    if (lab !== undefined) labs.push(lab);
  }
  return labs;
}

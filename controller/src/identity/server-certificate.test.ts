import { expect, test } from "vitest";
import type { KeyAndCertificate } from "./authority.ts";
import { ServerCertificate } from "./server-certificate.ts";

const DAY = 86_400_000;

test("a server certificate is replaced at half its life; when that fails, at the next look", async () => {
  let day = 0;
  let issued = 0;
  const certificate = await ServerCertificate.issue({
    now: () => new Date(day * DAY),
    issue: (now) =>
      Promise.resolve({
        privateKeyPem: "",
        chainPem: `number ${String(++issued)}`,
        notAfter: new Date(now.getTime() + 100 * DAY),
      }),
  });
  const presented: string[] = [];
  const present = ({ chainPem }: KeyAndCertificate) => {
    presented.push(chainPem);
    return Promise.resolve();
  };
  day = 49;
  expect(await certificate.renewIfDue(present)).toBe(false);
  day = 50;
  const refuse = () => Promise.reject(new Error("not presented"));
  await expect(certificate.renewIfDue(refuse)).rejects.toThrow("not presented");
  expect(certificate.current.chainPem).toBe("number 1");
  expect(await certificate.renewIfDue(present)).toBe(true);
  expect(certificate.current.chainPem).toBe("number 3");
  day = 99;
  expect(await certificate.renewIfDue(present)).toBe(false);
  day = 100;
  expect(await certificate.renewIfDue(present)).toBe(true);
  expect(presented).toEqual(["number 3", "number 4"]);
});

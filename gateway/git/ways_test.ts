import assert from "node:assert/strict";
import { openTestDatabase } from "../testing/database.ts";
import type { Studio } from "../studio.ts";
import { until } from "./testing.ts";
import { shareWays } from "./ways.ts";

Deno.test("whoever sets out to push at one gateway is given way by all, and so is their arrival told", async () => {
  await using db = await openTestDatabase();
  const heard = new Map<string, string[]>();
  const gateway = (name: string) => {
    const said: string[] = [];
    heard.set(name, said);
    return shareWays({ db } as unknown as Studio, {
      giveWay: (project, who) => said.push(`${who} sets out to ${project}`),
      wayIsFree: (project, who) => said.push(`${who} is at ${project}`),
    });
  };
  await using one = gateway("one");
  await using _two = gateway("two");
  const deeds = ["Ada sets out to film", "Ada is at film"];
  if (db.kind === "embedded") {
    one.giveWay("film", "Ada");
    one.wayIsFree("film", "Ada");
    assert.deepEqual(heard.get("one"), deeds);
    assert.deepEqual(heard.get("two"), [], "one process has nobody to tell");
    return;
  }
  // Whether both listen already nobody knows: said until it is heard.
  let said = 0;
  await until("the other gateway to hear of it", () => {
    one.giveWay("film", "Ada");
    said++;
    return heard.get("two")!.includes(deeds[0]!);
  });
  one.wayIsFree("film", "Ada");
  await until("the other gateway to hear of the arrival", () => heard.get("two")!.includes(deeds[1]!));
  assert.equal(heard.get("one")!.length, said + 1, "its own word that comes back to it is nothing new");
});

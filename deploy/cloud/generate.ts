import { join } from "@std/path";
import { FACTS } from "../images/facts.ts";
import { FLEETS } from "../kubernetes/generate.ts";
import { agents, title } from "./template/agents.ts";
import { data } from "./template/data.ts";
import { gateways } from "./template/gateway.ts";
import { att, type Json, ref, type Resources } from "./template/intrinsics.ts";
import { network } from "./template/network.ts";
import { yaml } from "./template/yaml.ts";

/** `deno run -A deploy/cloud/generate.ts` writes studio.template.yaml: the whole studio in one stack of CloudFormation. */

const PARAMETERS: Record<string, { [key: string]: Json }> = {
  DomainName: {
    Type: "String",
    Description: "The studio's name, e.g. studio.example.org; point it at the balancer",
  },
  CertificateArn: { Type: "String", Description: "Of a certificate of ACM in this region for that name" },
  StudioName: { Type: "String", Default: "Studio" },
  GatewayImage: { Type: "String", Description: `${FACTS.names.gateway} in your registry, with its tag` },
  GatewayCount: { Type: "Number", Default: 2, MinValue: 1 },
  DatabaseClass: { Type: "String", Default: "db.t4g.medium" },
  DatabaseInTwoZones: { Type: "String", Default: "yes", AllowedValues: ["yes", "no"] },
  AgentImage: { Type: "String", Default: FACTS.names.agent },
  AgentCudaImage: { Type: "String", Default: FACTS.names["agent-cuda"] },
  JoinCodeText: {
    Type: "String",
    NoEcho: true,
    Default: "none-yet",
    Description: 'A join code of many uses, from the canvas (Fleet, "Add a GPU")',
  },
  MachineImage: {
    Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
    Default: "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
  },
  GpuMachineImage: {
    Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
    Default: "/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id",
  },
  ...Object.fromEntries(FLEETS.map((fleet) => [`Most${title(fleet)}`, {
    Type: "Number",
    Default: 0,
    MinValue: 0,
    MaxValue: fleet.most,
    Description: `Spot machines at most that ${
      fleet.gpu ? `render ${fleet.name} quality` : "cut films"
    }; 0: none`,
  }])),
};

export function template(): {
  AWSTemplateFormatVersion: string;
  Description: string;
  Parameters: Record<string, { [key: string]: Json }>;
  Conditions: Record<string, Json>;
  Resources: Resources;
  Outputs: Record<string, { [key: string]: Json }>;
} {
  const any = (name: string) => ({ "Fn::Not": [{ "Fn::Equals": [ref(name), 0] }] });
  const fleets = FLEETS.map(title);
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description:
      "Generative Media Studio: gateways, database, objects, repositories, and agents on spot machines",
    Parameters: PARAMETERS,
    Conditions: {
      TwoZones: { "Fn::Equals": [ref("DatabaseInTwoZones"), "yes"] },
      ...Object.fromEntries(fleets.map((name) => [`Any${name}`, any(`Most${name}`)])),
      AnyAgents: { "Fn::Or": fleets.map((name) => ({ Condition: `Any${name}` })) },
    },
    Resources: { ...network(), ...data(), ...gateways(), ...agents() },
    Outputs: {
      Address: { Description: "Point DomainName here (CNAME or alias)", Value: att("Balancer", "DNSName") },
      BucketName: { Value: ref("Bucket") },
      TenantRoleArn: {
        Description: "For deno task studio store … --keys role:",
        Value: att("TenantRole", "Arn"),
      },
      Logs: { Description: "The owner's link is in the first lines", Value: ref("GatewayLog") },
      FileSystem: { Description: "ComfyUI's models lie in its folder /models", Value: ref("Files") },
    },
  };
}

export function templateText(): string {
  return "# Made by generate.ts; change that." + yaml(template());
}

if (import.meta.main) {
  await Deno.writeTextFile(join(import.meta.dirname!, "studio.template.yaml"), templateText());
}

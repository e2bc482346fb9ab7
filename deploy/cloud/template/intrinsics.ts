/** CloudFormation's own functions and shapes. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json | undefined };
export type Resources = Record<string, {
  Type: string;
  Properties?: { [key: string]: Json | undefined };
  [attribute: string]: Json | undefined;
}>;

export const ref = (name: string) => ({ Ref: name });
export const att = (name: string, attribute: string) => ({ "Fn::GetAtt": [name, attribute] });
export const sub = (text: string) => ({ "Fn::Sub": text });
export const none = ref("AWS::NoValue");
export const either = (condition: string, then: Json, otherwise: Json) => ({
  "Fn::If": [condition, then, otherwise],
});
/** The nth zone of the region. */
export const zone = (nth: number) => ({ "Fn::Select": [nth, { "Fn::GetAZs": "" }] });

export const VERSION = "2012-10-17";

export function allow(sid: string, actions: string[], resources: Json, condition?: Json): Json {
  return {
    Sid: sid,
    Effect: "Allow",
    Action: actions,
    Resource: resources,
    ...condition ? { Condition: condition } : {},
  };
}

/** A role that a service of Amazon's takes on. */
export function serviceRole(service: string, policies: Record<string, Json[]>, managed: string[] = []) {
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Version: VERSION,
        Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
      },
      ...managed.length
        ? { ManagedPolicyArns: managed.map((name) => sub(`arn:\${AWS::Partition}:iam::aws:policy/${name}`)) }
        : {},
      Policies: Object.entries(policies).map(([PolicyName, Statement]) => ({
        PolicyName,
        PolicyDocument: { Version: VERSION, Statement },
      })),
    },
  };
}

export function securityGroup(what: string, from: { port: number; group?: string; anywhere?: boolean }[]) {
  return {
    Type: "AWS::EC2::SecurityGroup",
    Properties: {
      GroupDescription: what,
      VpcId: ref("Vpc"),
      SecurityGroupIngress: from.map(({ port, group, anywhere }) => ({
        IpProtocol: "tcp",
        FromPort: port,
        ToPort: port,
        ...anywhere ? { CidrIp: "0.0.0.0/0" } : { SourceSecurityGroupId: att(group!, "GroupId") },
      })),
    },
  };
}

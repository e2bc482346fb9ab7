import { FACTS } from "../../images/facts.ts";
import { ref, type Resources, securityGroup, sub, zone } from "./intrinsics.ts";

/** Two zones. What is asked from outside, and asks outward, lies in public subnets behind security groups; data in private ones. */
export function network(): Resources {
  const subnet = (name: string, nth: number, open: boolean) => ({
    Type: "AWS::EC2::Subnet",
    Properties: {
      VpcId: ref("Vpc"),
      AvailabilityZone: zone(nth),
      CidrBlock: `10.77.${open ? nth : nth + 2}.0/24`,
      MapPublicIpOnLaunch: open,
      Tags: [{ Key: "Name", Value: sub(`\${AWS::StackName}-${name}`) }],
    },
  });
  const routed = (subnet: string) => ({
    Type: "AWS::EC2::SubnetRouteTableAssociation",
    Properties: { SubnetId: ref(subnet), RouteTableId: ref("Routes") },
  });
  return {
    Vpc: {
      Type: "AWS::EC2::VPC",
      Properties: {
        CidrBlock: "10.77.0.0/16",
        EnableDnsHostnames: true,
        EnableDnsSupport: true,
        Tags: [{ Key: "Name", Value: ref("AWS::StackName") }],
      },
    },
    Internet: { Type: "AWS::EC2::InternetGateway" },
    InternetOfVpc: {
      Type: "AWS::EC2::VPCGatewayAttachment",
      Properties: { VpcId: ref("Vpc"), InternetGatewayId: ref("Internet") },
    },
    Public1: subnet("public-1", 0, true),
    Public2: subnet("public-2", 1, true),
    Private1: subnet("private-1", 0, false),
    Private2: subnet("private-2", 1, false),
    Routes: { Type: "AWS::EC2::RouteTable", Properties: { VpcId: ref("Vpc") } },
    RouteOut: {
      Type: "AWS::EC2::Route",
      DependsOn: "InternetOfVpc",
      Properties: {
        RouteTableId: ref("Routes"),
        DestinationCidrBlock: "0.0.0.0/0",
        GatewayId: ref("Internet"),
      },
    },
    RoutesOfPublic1: routed("Public1"),
    RoutesOfPublic2: routed("Public2"),
    // Takes do not go over the internet to the bucket, and cost no traffic.
    BucketEndpoint: {
      Type: "AWS::EC2::VPCEndpoint",
      Properties: {
        VpcId: ref("Vpc"),
        ServiceName: sub("com.amazonaws.${AWS::Region}.s3"),
        VpcEndpointType: "Gateway",
        RouteTableIds: [ref("Routes")],
      },
    },
    BalancerGroup: securityGroup("The balancer: anybody, by HTTPS", [
      { port: 443, anywhere: true },
      { port: 80, anywhere: true },
    ]),
    GatewayGroup: securityGroup("Gateways: the balancer alone", [{
      port: FACTS.gateway.port,
      group: "BalancerGroup",
    }]),
    AgentGroup: { ...securityGroup("Agents: nobody; they ask outward", []) },
    DatabaseGroup: securityGroup("The database: gateways alone", [{ port: 5432, group: "GatewayGroup" }]),
    FilesGroup: securityGroup("Shared files: gateways, and agents for their own folders", [
      { port: 2049, group: "GatewayGroup" },
      { port: 2049, group: "AgentGroup" },
    ]),
  };
}

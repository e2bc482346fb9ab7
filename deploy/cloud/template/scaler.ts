import { FLEETS } from "../../kubernetes/generate.ts";

/** CloudWatch's name space of what the scaler tells. */
export const SPACE = "GenerativeMediaStudio";

/** Reads the gateway's own figures, as Prometheus would; the fleets' capabilities are those of kubernetes/generate.ts. */
export function scaler(): string {
  const fleets = Object.fromEntries(FLEETS.map(({ name, capability }) => [name, capability]));
  return `import os, re, urllib.request
import boto3

FLEETS = ${JSON.stringify(fleets)}
LINE = re.compile(r'^studio_jobs\\{(.*)\\} (\\S+)$')
LABEL = re.compile(r'(\\w+)="((?:[^"\\\\]|\\\\.)*)"')


def counts(text):
    """Jobs by fleet and state; every gateway tells the same, so one is asked."""
    found = {name: {"queued": 0.0, "leased": 0.0} for name in FLEETS}
    for line in text.splitlines():
        match = LINE.match(line)
        if not match:
            continue
        labels = dict(LABEL.findall(match[1]))
        for name, capability in FLEETS.items():
            if labels.get("state") in found[name] and re.fullmatch(capability, labels.get("capability", "")):
                found[name][labels["state"]] += float(match[2])
    return found


def handler(event, context):
    token = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["METRICS_TOKEN"])["SecretString"]
    request = urllib.request.Request(os.environ["METRICS_URL"], headers={"Authorization": "Bearer " + token})
    with urllib.request.urlopen(request, timeout=20) as answer:
        found = counts(answer.read().decode())
    data = []
    for name, jobs in found.items():
        where = [{"Name": "Stack", "Value": os.environ["STACK"]}, {"Name": "Fleet", "Value": name}]
        data.append({"MetricName": "JobsWaiting", "Dimensions": where, "Value": jobs["queued"]})
        data.append({"MetricName": "JobsWaitingOrRunning", "Dimensions": where, "Value": sum(jobs.values())})
    boto3.client("cloudwatch").put_metric_data(Namespace=${JSON.stringify(SPACE)}, MetricData=data)
    return found
`;
}

//! The text people paste to install an agent: a public certificate, a one-time token, no private key.

use dd0c_types::Risk;

use crate::agents::Install;
use crate::app::Deps;

/// For a Linux host and for Kubernetes. `name` holds nothing that a shell or YAML would read.
pub(super) fn text(deps: &Deps, name: &str, max_risk: Risk, token: &str) -> Install {
    let parts = Parts { gateway: &deps.agent_gateway, ca: deps.gateway_ca_pem.trim(), name, max_risk, token };
    Install { linux: linux(&parts), kubernetes: kubernetes(&parts) }
}

struct Parts<'p> {
    gateway: &'p str,
    ca: &'p str,
    name: &'p str,
    max_risk: Risk,
    token: &'p str,
}

/// The token travels through a here-document: it stands in no process list and, where the shell is told so by the
/// leading space, in no history.
fn linux(parts: &Parts<'_>) -> String {
    let Parts { gateway, ca, name, token, .. } = parts;
    let risk = parts.max_risk.as_str();
    format!(
        " install -d -m 0755 /etc/dd0c-agent\n \
         cat > /etc/dd0c-agent/gateway-ca.pem <<'EOF'\n{ca}\nEOF\n \
         dd0c-agent enrol --gateway {gateway} --ca /etc/dd0c-agent/gateway-ca.pem \\\n   \
         --name {name} --max-risk {risk} --token-stdin <<'EOF'\n{token}\nEOF\n \
         dd0c-agent run\n"
    )
}

fn kubernetes(parts: &Parts<'_>) -> String {
    let Parts { gateway, ca, name, token, .. } = parts;
    let risk = parts.max_risk.as_str();
    let ca = ca.lines().map(|line| format!("    {line}\n")).collect::<String>();
    let name_low = name.to_ascii_lowercase();
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: dd0c-agent-join\nstringData:\n  token: {token}\n  \
         gateway-ca.pem: |\n{ca}---\n\
         apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: dd0c-agent-{name_low}\nspec:\n  \
         serviceName: dd0c-agent\n  replicas: 1\n  \
         selector:\n    matchLabels: {{app: dd0c-agent}}\n  \
         template:\n    metadata:\n      labels: {{app: dd0c-agent}}\n    spec:\n      \
         initContainers:\n        - name: enrol\n          image: dd0c-agent:{version}\n          \
         command: [\"/bin/sh\", \"-c\", \"test -e /state/agent.toml || dd0c-agent --config /state/agent.toml enrol \
         --gateway {gateway} --ca /join/gateway-ca.pem --token-file /join/token --state-dir /state --name {name} \
         --max-risk {risk}\"]\n          \
         volumeMounts: [{{name: state, mountPath: /state}}, {{name: join, mountPath: /join}}]\n      \
         containers:\n        - name: agent\n          image: dd0c-agent:{version}\n          \
         args: [\"--config\", \"/state/agent.toml\", \"run\"]\n          \
         volumeMounts: [{{name: state, mountPath: /state}}]\n      \
         volumes: [{{name: join, secret: {{secretName: dd0c-agent-join}}}}]\n  \
         volumeClaimTemplates:\n    - metadata: {{name: state}}\n      \
         spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}\n",
        version = env!("CARGO_PKG_VERSION"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts<'p>() -> Parts<'p> {
        let ca = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        Parts {
            gateway: "https://h:9443",
            ca,
            name: "prod-a",
            max_risk: Risk::Caution,
            token: "dd0c_join_00",
        }
    }

    #[test]
    fn the_token_stands_in_no_command_line_and_no_url() {
        let text = linux(&parts());
        let lines: Vec<_> = text.lines().filter(|line| line.contains("dd0c_join_00")).collect();
        assert_eq!(lines, ["dd0c_join_00"], "{text}");
        assert!(text.contains("--max-risk caution"));
    }

    #[test]
    fn the_certificate_keeps_its_lines_in_both_forms() {
        assert!(linux(&parts()).contains("-----BEGIN CERTIFICATE-----\nAAAA\n"));
        assert!(kubernetes(&parts()).contains("    -----BEGIN CERTIFICATE-----\n    AAAA\n"));
    }
}

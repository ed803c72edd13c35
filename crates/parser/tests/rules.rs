//! The rules, as tables.

use crate::support::commands::commands_of;
use dd0c_parser::{ParseError, validate_utf8};

fn block(tag: &str, body: &str) -> String {
    format!("Do this:\n\n```{tag}\n{body}\n```\n")
}

#[test]
fn prompts_are_stripped() {
    let table = [
        ("$ uptime -p", "uptime -p"),
        ("$terraform plan", "terraform plan"),
        ("# systemctl restart nginx", "systemctl restart nginx"),
        ("web-1$ ls -l", "ls -l"),
        ("user@host:~$ df -h", "df -h"),
        ("[root@db1 ~]# pg_ctl -D /data stop", "pg_ctl -D /data stop"),
        ("root@node-1 $ salt-call state.sls x", "salt-call state.sls x"),
        ("orders=> SELECT 1;", "SELECT 1;"),
        ("mysql> SHOW SLAVE STATUS;", "SHOW SLAVE STATUS;"),
        ("127.0.0.1:6379> FLUSHDB", "FLUSHDB"),
        ("rs0:PRIMARY> rs.status()", "rs.status()"),
        ("PS C:\\> Restart-Service Spooler", "Restart-Service Spooler"),
    ];
    for (line, command) in table {
        assert_eq!(commands_of(&block("", line)), [command], "{line}");
    }
}

#[test]
fn statements_over_several_lines_are_one() {
    let table = [
        "kubectl get pods \\\n  -n prod",
        "for i in 1 2; do\n  echo \"$i\"\ndone",
        "if [ -f /tmp/x ]; then\n  rm /tmp/x\nfi",
        "cat <<EOF | kubectl apply -f -\nkind: Pod\nmetadata: {}\nEOF",
        "kubectl patch svc x -p '{\n  \"spec\": {}\n}'",
        "ps aux |\n  grep java",
        "RES=$( \\\n  curl -s https://x \\\n  | tail -1\n)",
    ];
    for statement in table {
        assert_eq!(commands_of(&block("bash", statement)), [statement]);
    }
    let sql = "UPDATE jobs\n  SET state = 'a;b'\nWHERE id = 1;";
    assert_eq!(commands_of(&block("sql", &format!("{sql}\nSELECT 1;"))), [sql, "SELECT 1;"]);
}

#[test]
fn a_command_behind_one_that_limits_it_is_a_command_in_plain_text_too() {
    for command in [
        "timeout 60 df -h /var",
        "timeout -k 5 30s kubectl get pods",
        "nice -n 10 find /var/log -name '*.gz' -delete",
        "ionice -c 3 tar -czf /backup/log.tgz /var/log",
        "sudo timeout 5 journalctl --vacuum-size=200M",
    ] {
        assert_eq!(commands_of(&format!("Clear the disk\n\n1. See what is full\n\n{command}\n")), [command]);
    }
    let prose =
        "Wait\n\n1. See what is full\n\nuptime -p\n\ntimeout 60 seconds of silence\n\nnice work so far\n";
    assert_eq!(commands_of(prose), ["uptime -p"]);
}

#[test]
fn what_is_not_a_command_is_left_alone() {
    let table = [
        ("yaml", "kind: Pod\nmetadata:\n  name: x"),
        ("", "{\"a\": 1}"),
        ("promql", "sum by (pod) (rate(x_total[5m]))"),
        ("", "sum(rate(http_requests_total{job=\"api\"}[5m])) by (code)"),
        ("", "2024-01-01 10:00:00 ERROR kubectl get pods failed"),
        ("", "NAME    READY   STATUS\nweb-1   1/1     Running"),
        ("bash", "#!/bin/bash\nrm -rf /srv/cache"),
        ("console", "tcp    0   0 0.0.0.0:9001      0.0.0.0:*        LISTEN"),
        ("bash", "done"),
        ("toml", "[section]\nkey = \"value\""),
        ("python", "import os\nos.remove('x')"),
    ];
    for (tag, body) in table {
        assert_eq!(commands_of(&block(tag, body)), [""; 0], "{body}");
    }
    let output = "The output should look like this:\n\n```\ndeployment.apps/x created\n```\n";
    assert_eq!(commands_of(output), [""; 0]);
    assert_eq!(commands_of("Do not run this:\n\n```bash\nrm -rf /\n```\n"), [""; 0]);
}

#[test]
fn output_behind_commands_is_not_run() {
    let text = block("console", "$ kubectl get ns\nNAME   STATUS\nkubectl   Active\n$ exit\nlogout");
    assert_eq!(commands_of(&text), ["kubectl get ns", "exit"]);
    let text = block("bash", "kubectl get ns\nNAME   STATUS\nprod   Active");
    assert_eq!(commands_of(&text), ["kubectl get ns"]);
}

#[test]
fn inline_code_counts_when_the_sentence_tells_to_run_it_and_it_is_complete() {
    let table: [(&str, &[&str]); 10] = [
        ("1. Run `kubectl get ns prod`.", &["kubectl get ns prod"]),
        ("1. Log in: `ssh admin@<host>`.", &["ssh admin@<host>"]),
        ("* `systemctl restart nginx`", &["systemctl restart nginx"]),
        ("Make sure with `terraform plan` that nothing changes.", &["terraform plan"]),
        ("Never run `redis-cli FLUSHALL`.", &[]),
        ("Do this before running `cf push app`.", &[]),
        ("Use `docker pull` for it.", &[]),
        ("A cron job runs `backup.sh --all` at night.", &[]),
        ("The `kubectl exec pod/x` command hangs.", &[]),
        ("Ermitteln: führen Sie `kubectl get pods -n prod` aus.", &["kubectl get pods -n prod"]),
    ];
    for (text, commands) in table {
        assert_eq!(commands_of(text), *commands, "{text}");
    }
}

#[test]
fn placeholders_of_all_styles_are_found() {
    let table = [
        ("kubectl get pod <pod-name>", "pod-name"),
        ("kubectl get pod {pod_name}", "pod_name"),
        ("kubectl get pod {{ pod_name }}", "pod_name"),
        ("kubectl get pod [POD_NAME]", "POD_NAME"),
        ("kubectl get pod $POD", "POD"),
        ("kubectl get pod ${POD:-x}", "POD"),
        ("kubectl get pod YOUR_POD", "YOUR_POD"),
        ("kubectl get pod -n NAMESPACE", "NAMESPACE"),
        ("ls /backup/YYYY-MM-DD/", "YYYY-MM-DD"),
    ];
    for (command, name) in table {
        let runbook = dd0c_parser::parse(&block("bash", command), None).unwrap();
        let names: Vec<_> = runbook.variables.iter().map(|variable| variable.name.as_str()).collect();
        assert_eq!(names, [name], "{command}");
        assert_eq!(runbook.steps[0].uses, [name]);
    }
}

#[test]
fn look_alikes_are_no_placeholders() {
    let table = [
        "kubectl get pods -o jsonpath='{.items[0].metadata.name}{\"\\n\"}'",
        "kubectl get nodes -o go-template='{{range $k, $v := .items}}{{.name}}{{end}}'",
        "docker ps --format '{{.Names}}'",
        "ps aux | awk '{print $2}'",
        "test $? -eq 0",
        "for pod in a b; do echo $pod; done",
        "ls | xargs -I{} rm {}",
        "kubectl get pods | grep '<none>'",
        "curl -X POST https://example.org",
        "echo $HOME",
        "ETCDCTL_API=3 etcdctl member list",
    ];
    for command in table {
        let runbook = dd0c_parser::parse(&block("bash", command), None).unwrap();
        assert!(runbook.variables.is_empty(), "{command}: {:?}", runbook.variables);
    }
}

#[test]
fn what_cannot_be_a_runbook_is_refused_with_its_reason() {
    assert_eq!(dd0c_parser::parse(" \n", None).err(), Some(ParseError::EmptyText));
    assert_eq!(dd0c_parser::parse("a\0b", None).err(), Some(ParseError::NulByte { offset: 1 }));
    let long = "a ".repeat(dd0c_parser::LIMIT);
    assert!(matches!(dd0c_parser::parse(&long, None), Err(ParseError::TooLarge { .. })));
    let refusal = dd0c_parser::parse("# Glossary\n\nWords.\n", None).err().unwrap();
    assert_eq!(
        refusal.to_string(),
        "We found no commands. A step needs something to run, such as `kubectl …`"
    );
    assert_eq!(validate_utf8(b"ab\xffc").err().unwrap().offset, 2);
    assert_eq!(validate_utf8(b"ab\0\xff").err().unwrap().offset, 2);
    assert_eq!(validate_utf8("é".as_bytes()), Ok("é"));
}

//! What a review costs.

fn main() {
    divan::main();
}

#[divan::bench(args = [
    "kubectl get pods -n prod",
    "sudo journalctl -u kubelet --since today | grep error | sort | uniq -c",
    "aws ec2 describe-instances --region eu-west-1",
    "kubectl delete namespace prod",
    "unknown-program with words",
])]
fn review(command: &str) -> Option<dd0c_types::ReviewerVerdict> {
    dd0c_reviewer::review(divan::black_box(command), "bash")
}

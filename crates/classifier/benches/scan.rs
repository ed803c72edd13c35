//! How long one command takes.

fn main() {
    divan::main();
}

#[divan::bench(args = [
    "kubectl -n prod get pods -o wide | grep -v Running",
    "find /var/log -type f -mtime +7 -print0 | xargs -0 rm -f",
    "psql -h db -c 'DELETE FROM users WHERE id = 3'",
    "for p in $(kubectl get pods -o name); do kubectl logs \"$p\" --tail=5; done",
])]
fn scan(bencher: divan::Bencher<'_, '_>, command: &str) {
    bencher.bench(|| dd0c_classifier::scan(divan::black_box(command)));
}

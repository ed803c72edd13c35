//! Control groups, version 2.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A place where this agent may make control groups.
#[derive(Debug, Clone)]
pub struct Cgroups(PathBuf);

/// The control group of one step.
#[derive(Debug, Clone)]
pub struct Cgroup(PathBuf);

impl Cgroups {
    /// Looks for the hierarchy this process is in and tries it out with a real process. None when it cannot be used:
    /// not mounted, not writable, or a kernel before 5.14, which cannot kill a group at once.
    pub fn discover() -> Option<Self> {
        let mountinfo = fs::read_to_string("/proc/self/mountinfo").ok()?;
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let groups = Self(place(&mountinfo, &own)?);
        groups.works().then_some(groups)
    }

    /// Makes the group of an attempt. It must not exist.
    pub fn make(&self, attempt: &str) -> std::io::Result<Cgroup> {
        let path = self.0.join(format!("dd0c-{attempt}"));
        fs::create_dir(&path)?;
        Ok(Cgroup(path))
    }

    fn works(&self) -> bool {
        let Ok(probe) = self.make(&format!("probe-{}", uuid::Uuid::new_v4().simple())) else { return false };
        let entered = probe.try_out();
        // The kernel may need a moment to see that the probing process is gone.
        for _ in 0..100 {
            if fs::remove_dir(&probe.0).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        entered
    }
}

impl Cgroup {
    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The file through which a process enters by writing `0`. Opened before the fork.
    pub fn door(&self) -> std::io::Result<File> {
        OpenOptions::new().write(true).open(self.0.join("cgroup.procs"))
    }

    /// Every live process in it and in groups made below it.
    pub fn pids(&self) -> Vec<i32> {
        let mut found = Vec::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            let listed = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
            found.extend(listed.lines().filter_map(|line| line.parse::<i32>().ok()));
            let below = fs::read_dir(&folder).into_iter().flatten().flatten();
            folders.extend(below.filter(|e| e.file_type().is_ok_and(|t| t.is_dir())).map(|e| e.path()));
        }
        found
    }

    /// Freezes or thaws; answers whether the kernel took the order.
    pub fn freeze(&self, frozen: bool) -> bool {
        fs::write(self.0.join("cgroup.freeze"), if frozen { "1" } else { "0" }).is_ok()
    }

    /// Whether every process in it stands still.
    pub fn is_frozen(&self) -> bool {
        event(&self.0, "frozen 1")
    }

    /// Kills everything in it at once; answers whether the kernel took the order.
    pub fn kill(&self) -> bool {
        fs::write(self.0.join("cgroup.kill"), "1").is_ok()
    }

    /// Removes it when it is empty.
    pub fn remove(&self) {
        // Groups below it that its processes made go first, the deepest first.
        let below = fs::read_dir(&self.0).into_iter().flatten().flatten();
        for entry in below.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            Cgroup(entry.path()).remove();
        }
        let _ = fs::remove_dir(&self.0);
    }

    fn try_out(&self) -> bool {
        if !self.0.join("cgroup.kill").exists() {
            return false;
        }
        let Ok(mut child) = std::process::Command::new("sleep").arg("60").spawn() else { return false };
        let entered = fs::write(self.0.join("cgroup.procs"), child.id().to_string()).is_ok();
        let killed = entered && self.kill();
        if !killed {
            let _ = child.kill();
        }
        let _ = child.wait();
        killed
    }
}

/// Whether anything lives in the control group of this folder.
pub(super) fn is_populated(folder: &Path) -> bool {
    event(folder, "populated 1")
}

fn event(folder: &Path, line: &str) -> bool {
    fs::read_to_string(folder.join("cgroup.events")).is_ok_and(|text| text.lines().any(|found| found == line))
}

/// Where the own group lies in the file system.
fn place(mountinfo: &str, own: &str) -> Option<PathBuf> {
    let path = own.lines().find_map(|line| line.strip_prefix("0::"))?;
    mountinfo.lines().find_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        if after.split(' ').next() != Some("cgroup2") {
            return None;
        }
        let mut fields = before.split(' ').skip(3);
        let (root, mount) = (fields.next()?, fields.next()?);
        let below = if root == "/" { path } else { path.strip_prefix(root)? };
        Some(Path::new(mount).join(below.trim_start_matches('/')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_group_is_found_under_every_kind_of_mount() {
        let hybrid = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:4 - cgroup2 cgroup2 rw\n";
        assert_eq!(place(hybrid, "9:pids:/\n0::/\n"), Some("/sys/fs/cgroup/unified/".into()));
        assert_eq!(
            place(hybrid, "0::/system.slice/dd0c-agent.service\n"),
            Some("/sys/fs/cgroup/unified/system.slice/dd0c-agent.service".into())
        );
        let container = "41 31 0:38 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n";
        assert_eq!(place(container, "0::/docker/abc/x\n"), Some("/sys/fs/cgroup/x".into()));
        assert_eq!(place("31 23 0:28 / /x rw - tmpfs tmpfs rw\n", "0::/\n"), None);
    }
}

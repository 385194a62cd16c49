//! Limits by control groups, version 2 (kernel documentation, admin-guide/cgroup-v2) and version 1 (admin-guide/
//! cgroup-v1/memory and scheduler/sched-bwc). Where we may not make groups there are no limits: RLIMIT_AS is no
//! substitute, since runtimes reserve far more addresses than they use.

use super::state::LimitsApplied;
use crate::process::{Signal, kill};
use model::manifest::Limits;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The period over which processor time is counted, in microseconds: the kernel's own default.
const PERIOD: u64 = 100_000;

/// The controllers of version 1, memory and processor, with the names under which they may be mounted.
const CONTROLLERS: [&[&str]; 2] = [&["memory"], &["cpu", "cpu,cpuacct"]];

/// Where control groups are on this machine.
pub(crate) struct Place {
    /// Where they are mounted.
    pub(crate) mount: PathBuf,
    /// Our own group below that, in version 2.
    pub(crate) own: PathBuf,
}

impl Place {
    pub(crate) fn of_this_machine() -> Self {
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let own = own.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default().into();
        Self { mount: "/sys/fs/cgroup".into(), own }
    }
}

/// The groups of one instance: one folder in version 2, one a controller in version 1.
pub(crate) struct Groups(Vec<PathBuf>);

impl Groups {
    /// Makes groups that keep `limits`.
    pub(crate) fn make(place: &Place, name: &str, limits: &Limits) -> (Self, LimitsApplied) {
        let mut groups = Self(Vec::new());
        if limits.memory.is_none() && limits.cpu_milli.is_none() {
            return (groups, LimitsApplied::Unlimited);
        }
        let made = if place.mount.join("cgroup.controllers").exists() {
            groups.make_unified(place, name, limits)
        } else {
            groups.make_split(&place.mount, name, limits)
        };
        match made {
            Ok(()) => {
                let applied = LimitsApplied::Applied(groups.0.clone());
                (groups, applied)
            }
            Err(reason) => {
                groups.remove();
                (Self(Vec::new()), LimitsApplied::NotApplied(reason))
            }
        }
    }

    /// The groups that another supervisor made.
    pub(crate) fn known(limits: &LimitsApplied) -> Self {
        match limits {
            LimitsApplied::Applied(folders) => Self(folders.clone()),
            LimitsApplied::Unlimited | LimitsApplied::NotApplied(_) => Self(Vec::new()),
        }
    }

    /// Those of a name that are there, whoever made them: a supervisor may be killed before it wrote down that it did.
    pub(crate) fn left(place: &Place, name: &str) -> Self {
        let unified = place.own.ancestors().map(|parent| place.mount.join(parent));
        let split = CONTROLLERS.into_iter().flatten().map(|controller| place.mount.join(controller));
        let groups = unified.chain(split).map(|parent| parent.join("mainstay").join(name));
        Self(groups.filter(|group| group.is_dir()).collect())
    }

    /// Version 2. Root makes them below the mount point; others below the outermost of their own groups that was
    /// delegated to them.
    fn make_unified(&mut self, place: &Place, name: &str, limits: &Limits) -> Result<(), String> {
        let own: Vec<&Path> = place.own.ancestors().collect();
        let mut reasons = Vec::new();
        for parent in own.into_iter().rev() {
            match self.make_below(&place.mount.join(parent), name, limits) {
                Ok(()) => return Ok(()),
                Err(reason) => reasons.push(reason),
            }
            self.remove();
        }
        Err(reasons.into_iter().next().unwrap_or_default())
    }

    fn make_below(&mut self, parent: &Path, name: &str, limits: &Limits) -> Result<(), String> {
        let ours = parent.join("mainstay");
        let wanted = [limits.memory.map(|_| "memory"), limits.cpu_milli.map(|_| "cpu")];
        enable(parent, wanted)?;
        make_folder(&ours)?;
        enable(&ours, wanted)?;
        let group = self.add(ours.join(name))?;
        if let Some(memory) = limits.memory {
            write(&group, "memory.max", memory.0)?;
            // Swapping only puts the end off; and the instance ends as a whole, not with a part missing.
            write_if_there(&group, "memory.swap.max", 0)?;
            write_if_there(&group, "memory.oom.group", 1)?;
        }
        if let Some(milli) = limits.cpu_milli {
            write(&group, "cpu.max", format!("{} {PERIOD}", quota(milli)))?;
        }
        Ok(())
    }

    /// Version 1.
    fn make_split(&mut self, mount: &Path, name: &str, limits: &Limits) -> Result<(), String> {
        let [memory, cpu] = CONTROLLERS;
        let controller = |names: &[&str]| {
            let found = names.iter().map(|name| mount.join(name)).find(|folder| folder.is_dir());
            found.ok_or_else(|| format!("the kernel has no control groups for {}", names[0]))
        };
        if let Some(limit) = limits.memory {
            let ours = controller(memory)?.join("mainstay");
            make_folder(&ours)?;
            let group = self.add(ours.join(name))?;
            write(&group, "memory.limit_in_bytes", limit.0)?;
            write_if_there(&group, "memory.memsw.limit_in_bytes", limit.0)?;
        }
        if let Some(milli) = limits.cpu_milli {
            let ours = controller(cpu)?.join("mainstay");
            make_folder(&ours)?;
            let group = self.add(ours.join(name))?;
            write(&group, "cpu.cfs_period_us", PERIOD)?;
            write(&group, "cpu.cfs_quota_us", quota(milli))?;
        }
        Ok(())
    }

    /// Makes a group afresh: what an earlier instance of the name left there would falsify its counters.
    fn add(&mut self, group: PathBuf) -> Result<PathBuf, String> {
        if group.exists() {
            Self(vec![group.clone()]).remove();
        }
        make_folder(&group)?;
        self.0.push(group.clone());
        Ok(group)
    }

    /// What a process writes `0` to in order to join them.
    pub(crate) fn doors(&self) -> io::Result<Vec<File>> {
        self.0.iter().map(|group| OpenOptions::new().write(true).open(group.join("cgroup.procs"))).collect()
    }

    /// How many processes were killed for want of memory so far.
    pub(crate) fn out_of_memory_kills(&self) -> u64 {
        let files = self
            .0
            .iter()
            .flat_map(|group| ["memory.events", "memory.oom_control"].map(|file| group.join(file)));
        let texts = files.filter_map(|file| fs::read_to_string(file).ok());
        texts
            .flat_map(|text| {
                let counts =
                    text.lines().filter_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok());
                counts.collect::<Vec<u64>>()
            })
            .sum()
    }

    /// Kills everyone in them.
    pub(crate) fn kill(&self) {
        for group in &self.0 {
            let _ = write_if_there(group, "cgroup.kill", 1);
            let members = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
            for member in members.lines().filter_map(|line| line.parse().ok()) {
                kill(member, Signal::Kill);
            }
        }
    }

    /// Removes them with everyone in them. The kernel takes a moment to let go of those who were just killed.
    pub(crate) fn remove(&mut self) {
        for _ in 0..200 {
            self.0.retain(|group| group.exists() && fs::remove_dir(group).is_err());
            if self.0.is_empty() {
                return;
            }
            self.kill();
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn quota(milli: u32) -> u64 {
    // The kernel takes no less than a millisecond.
    (u64::from(milli) * PERIOD / 1000).max(1000)
}

fn enable(parent: &Path, wanted: [Option<&str>; 2]) -> Result<(), String> {
    let list = |file: &str| fs::read_to_string(parent.join(file)).unwrap_or_default();
    let (there, enabled) = (list("cgroup.controllers"), list("cgroup.subtree_control"));
    for controller in wanted.into_iter().flatten() {
        if !there.split_whitespace().any(|name| name == controller) {
            return Err(format!("{} has no {controller} controller", parent.display()));
        }
        if !enabled.split_whitespace().any(|name| name == controller) {
            write(parent, "cgroup.subtree_control", format!("+{controller}"))?;
        }
    }
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), String> {
    fs::create_dir_all(path).map_err(|error| format!("cannot make {}: {error}", path.display()))
}

fn write(group: &Path, file: &str, value: impl ToString) -> Result<(), String> {
    let path = group.join(file);
    fs::write(&path, value.to_string()).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn write_if_there(group: &Path, file: &str, value: u64) -> Result<(), String> {
    if group.join(file).exists() { write(group, file, value) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::unit::Bytes;

    const LIMITS: Limits = Limits { memory: Some(Bytes(64 << 20)), cpu_milli: Some(250) };

    fn text(root: &Path, file: &str) -> String {
        fs::read_to_string(root.join(file)).unwrap_or_else(|error| format!("{file}: {error}"))
    }

    #[test]
    fn version_2_writes_its_files() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::write(root.join("cgroup.controllers"), "cpu memory pids").unwrap();
        fs::create_dir(root.join("mainstay")).unwrap();
        fs::write(root.join("mainstay/cgroup.controllers"), "cpu memory").unwrap();
        fs::write(root.join("mainstay/cgroup.subtree_control"), "cpu").unwrap();
        let place = Place { mount: root.into(), own: PathBuf::new() };
        let (_, applied) = Groups::make(&place, "api-1", &LIMITS);
        assert_eq!(applied, LimitsApplied::Applied(vec![root.join("mainstay/api-1")]));
        assert_eq!(text(root, "mainstay/api-1/memory.max"), (64 << 20).to_string());
        assert_eq!(text(root, "mainstay/api-1/cpu.max"), "25000 100000");
        assert_eq!(text(root, "mainstay/cgroup.subtree_control"), "+memory");
    }

    #[test]
    fn version_2_goes_down_to_what_was_delegated() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(root.join("user/app")).unwrap();
        fs::write(root.join("cgroup.controllers"), "cpu").unwrap();
        fs::write(root.join("user/cgroup.controllers"), "memory").unwrap();
        fs::create_dir(root.join("user/mainstay")).unwrap();
        fs::write(root.join("user/mainstay/cgroup.controllers"), "memory").unwrap();
        let place = Place { mount: root.into(), own: "user/app".into() };
        let limits = Limits { cpu_milli: None, ..LIMITS };
        let (_, applied) = Groups::make(&place, "api-1", &limits);
        assert_eq!(applied, LimitsApplied::Applied(vec![root.join("user/mainstay/api-1")]));
        let (_, refused) = Groups::make(&place, "api-2", &LIMITS);
        assert!(
            matches!(&refused, LimitsApplied::NotApplied(why) if why.contains("no memory controller")),
            "{refused:?}"
        );
    }

    #[test]
    fn groups_are_removed_with_everyone_in_them() {
        let name = format!("test-{}", std::process::id());
        let (mut groups, applied) = Groups::make(&Place::of_this_machine(), &name, &LIMITS);
        let LimitsApplied::Applied(folders) = applied else {
            return assert!(!crate::identity::is_root(), "{applied:?}");
        };
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        for folder in &folders {
            fs::write(folder.join("cgroup.procs"), child.id().to_string()).unwrap();
        }
        groups.remove();
        let status = child.wait().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
        assert!(folders.iter().all(|folder| !folder.exists()), "{folders:?}");
    }

    #[test]
    fn version_1_writes_its_files() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir(root.join("memory")).unwrap();
        fs::create_dir(root.join("cpu,cpuacct")).unwrap();
        let place = Place { mount: root.into(), own: PathBuf::new() };
        let (groups, applied) = Groups::make(&place, "api-1", &LIMITS);
        assert!(matches!(applied, LimitsApplied::Applied(folders) if folders.len() == 2));
        assert_eq!(text(root, "memory/mainstay/api-1/memory.limit_in_bytes"), (64 << 20).to_string());
        assert_eq!(text(root, "cpu,cpuacct/mainstay/api-1/cpu.cfs_quota_us"), "25000");
        fs::write(root.join("memory/mainstay/api-1/memory.oom_control"), "under_oom 0\noom_kill 3\n")
            .unwrap();
        assert_eq!(groups.out_of_memory_kills(), 3);
        fs::remove_dir_all(root.join("memory")).unwrap();
        assert!(matches!(Groups::make(&place, "api-1", &LIMITS).1, LimitsApplied::NotApplied(_)));
        assert_eq!(Groups::make(&place, "x", &Limits::default()).1, LimitsApplied::Unlimited);
    }
}

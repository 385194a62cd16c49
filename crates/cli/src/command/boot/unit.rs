//! The unit file by which systemd runs `mainstay boot` when the machine starts (systemd.unit(5), systemd.service(5)).

use std::path::{Path, PathBuf};

/// Its name.
pub const NAME: &str = "mainstay.service";

/// Whose systemd it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// The machine's.
    System,
    /// A user's own.
    User,
}

/// What the unit is made of. It is the whole environment of a boot: no shell sets one up.
#[derive(Debug, Clone)]
pub struct Unit {
    pub manager: Manager,
    /// Mainstay's folder.
    pub home: PathBuf,
    /// Mainstay's program.
    pub binary: PathBuf,
    /// Where programs are looked for: runtimes and package managers may be in places that systemd does not know.
    pub search_path: String,
    /// The user's home, where some keep their runtimes.
    pub user_home: Option<String>,
}

impl Manager {
    /// The target that wants the unit.
    pub const fn target(self) -> &'static str {
        match self {
            Self::System => "multi-user.target",
            Self::User => "default.target",
        }
    }
}

impl Unit {
    /// The file.
    pub fn text(&self) -> String {
        format!(
            "# Written by `mainstay boot install`; `mainstay boot uninstall` removes it.\n\
             [Unit]\n\
             Description=Mainstay: what was up runs again after a start of the machine\n\
             {order}\
             StartLimitIntervalSec=30min\n\
             StartLimitBurst=6\n\
             \n\
             [Service]\n\
             Type=oneshot\n\
             RemainAfterExit=yes\n\
             {variables}\
             {exec}\n\
             # What was refused, or failed and was undone (exit codes 3 and 4), may work a little later.\n\
             Restart=on-failure\n\
             RestartSec=30s\n\
             RestartPreventExitStatus=2 5\n\
             # What was started lives in this unit's control group and goes on after the command: stopping the unit stops\n\
             # none of it (`mainstay down` does), nor does one instance that takes too much memory.\n\
             KillMode=process\n\
             Delegate=yes\n\
             OOMPolicy=continue\n\
             TasksMax=infinity\n\
             \n\
             [Install]\n\
             WantedBy={target}\n",
            order = self.order(),
            variables = self.variables(),
            exec = self.exec_line(),
            target = self.manager.target(),
        )
    }

    /// When it is started: whatever services may need outside of Mainstay comes before.
    fn order(&self) -> String {
        match self.manager {
            Manager::System => format!(
                "Wants=network-online.target\n\
                 After=network-online.target nss-lookup.target docker.service\n\
                 RequiresMountsFor={}\n",
                quoted(&self.home)
            ),
            // A user's systemd is started after the network, and knows none of the machine's units.
            Manager::User => String::new(),
        }
    }

    fn variables(&self) -> String {
        let mut lines = format!("{}\n{}\n", self.home_line(), variable("PATH", &self.search_path));
        if let (Manager::System, Some(home)) = (self.manager, &self.user_home) {
            lines.push_str(&format!("{}\n", variable("HOME", home)));
        }
        lines
    }

    /// The line that names Mainstay's folder.
    pub fn home_line(&self) -> String {
        variable("MAINSTAY_HOME", &self.home.to_string_lossy())
    }

    /// Whether systemd starts a program with such a path: it takes no quotes in it, however they are written.
    pub fn is_startable(&self) -> bool {
        !self.binary.to_string_lossy().contains(|c: char| c.is_control() || ['"', '\'', '\\'].contains(&c))
    }

    /// The line that names Mainstay's program.
    pub fn exec_line(&self) -> String {
        format!("ExecStart={} boot", quoted(&self.binary))
    }

    /// The line of a crontab(5) that does the same.
    pub fn cron_line(&self) -> String {
        let word = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let line = format!(
            "@reboot MAINSTAY_HOME={} PATH={} {} boot",
            word(&self.home.to_string_lossy()),
            word(&self.search_path),
            word(&self.binary.to_string_lossy())
        );
        // There a percent sign would be the end of the line.
        line.replace('%', r"\%")
    }
}

fn variable(name: &str, value: &str) -> String {
    format!("Environment=\"{name}={}\"", escaped(value))
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", escaped(&path.to_string_lossy()))
}

/// As it stands between quotes (systemd.syntax(7)): percent signs would be specifiers.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n").replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn unit(manager: Manager, folder: &Path) -> Unit {
        Unit {
            manager,
            home: folder.join("100% home"),
            binary: folder.join("a b $c/mainstay"),
            search_path: "/usr/bin:/opt/%n/bin".into(),
            user_home: Some("/root".into()),
        }
    }

    #[test]
    fn systemd_takes_it() {
        let folder = tempfile::tempdir().unwrap();
        let analyze = |arguments: &[&str]| {
            Command::new("systemd-analyze").args(arguments).env("XDG_RUNTIME_DIR", folder.path()).output()
        };
        if analyze(&["--version"]).is_err() {
            return;
        }
        for (manager, which) in [(Manager::System, "--system"), (Manager::User, "--user")] {
            let unit = unit(manager, folder.path());
            host::files::make_dir(unit.binary.parent().unwrap(), 0o755).unwrap();
            host::files::write_atomic(&unit.binary, b"#!/bin/sh\n", 0o755).unwrap();
            let path = folder.path().join(NAME);
            host::files::write_atomic(&path, unit.text().as_bytes(), 0o644).unwrap();
            let found =
                analyze(&["verify", "--man=no", "--recursive-errors=no", which, path.to_str().unwrap()])
                    .unwrap();
            let said = String::from_utf8_lossy(&found.stderr).into_owned();
            assert!(found.status.success() && !said.contains(NAME), "{said}\n{}", unit.text());
        }
    }

    #[test]
    fn odd_paths_stay_what_they_are() {
        let unit = unit(Manager::System, Path::new("/srv"));
        assert!(unit.is_startable() && !Unit { binary: "/a\"/b".into(), ..unit.clone() }.is_startable());
        assert_eq!(unit.exec_line(), r#"ExecStart="/srv/a b $c/mainstay" boot"#);
        assert_eq!(unit.home_line(), r#"Environment="MAINSTAY_HOME=/srv/100%% home""#);
        assert!(
            unit.cron_line()
                .starts_with(r"@reboot MAINSTAY_HOME='/srv/100\% home' PATH='/usr/bin:/opt/\%n/bin' ")
        );
        let text = unit.text();
        for line in [
            "Type=oneshot",
            "RemainAfterExit=yes",
            "KillMode=process",
            "Delegate=yes",
            "WantedBy=multi-user.target",
        ] {
            assert!(text.lines().any(|found| found == line), "{text}");
        }
    }
}

//! The environment of a command: a fixed one, what this machine adds, and what was approved. Nothing is inherited.

use std::collections::BTreeMap;

use dd0c_types::AttemptId;

use crate::config::Config;

/// Names that change what a program is rather than what it works on. An intent may not set them.
const DENIED: &[&str] = &[
    "PATH",
    "IFS",
    "BASH_ENV",
    "BASH_XTRACEFD",
    "SHELLOPTS",
    "BASHOPTS",
    "PROMPT_COMMAND",
    "PS4",
    "CDPATH",
    "GLOBIGNORE",
    "POSIXLY_CORRECT",
    "GCONV_PATH",
    "GETCONF_DIR",
    "HOSTALIASES",
    "LOCPATH",
    "MALLOC_TRACE",
    "NLSPATH",
    "RESOLV_HOST_CONF",
    "RES_OPTIONS",
    "TZDIR",
    "PERL5LIB",
    "PERLLIB",
    "PERL5OPT",
    "PERL5DB",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "RUBYLIB",
    "RUBYOPT",
    "NODE_OPTIONS",
    "NODE_PATH",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "PAGER",
    "MANPAGER",
    "EDITOR",
    "VISUAL",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    "SUDO_ASKPASS",
    "SSH_ASKPASS",
    "KUBECTL_EXTERNAL_DIFF",
    "KUBE_EDITOR",
    "TAR_OPTIONS",
    "RSYNC_RSH",
    "WGETRC",
    "CURL_HOME",
];
const DENIED_PREFIXES: &[&str] =
    &["LD_", "DYLD_", "BASH_FUNC_", "DD0C_", "GIT_", "TF_CLI_ARGS", "GLIBC_TUNABLES"];

/// The first name or value of an intent's environment that must not be, with the reason.
pub fn denied(environment: &BTreeMap<String, String>) -> Option<String> {
    environment.iter().find_map(|(name, value)| {
        if !is_name(name) {
            return Some("a variable has a name that is not one".to_owned());
        }
        if value.contains('\0') {
            return Some(format!("the value of {name} holds a NUL byte"));
        }
        is_denied(name).then(|| format!("{name} would change which program runs"))
    })
}

/// Whether this is the name of a shell variable.
pub fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.len() <= 255
}

/// The whole environment of a command. What was approved wins over what the machine adds, except for denied names,
/// which never come from an intent.
pub fn build(
    config: &Config,
    attempt: AttemptId,
    approved: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let home = user_home();
    let fixed = [
        ("PATH", config.path.as_str()),
        ("HOME", home.as_str()),
        ("LANG", "C.UTF-8"),
        ("TERM", "dumb"),
        ("PAGER", "cat"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("DEBIAN_FRONTEND", "noninteractive"),
    ];
    let mut all: BTreeMap<String, String> =
        fixed.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    all.extend(config.environment.clone());
    all.extend(approved.iter().filter(|(name, _)| !is_denied(name)).map(|(n, v)| (n.clone(), v.clone())));
    all.insert(crate::process::MARKER.to_owned(), attempt.to_string());
    all
}

fn is_denied(name: &str) -> bool {
    DENIED.contains(&name) || DENIED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn user_home() -> String {
    nix::unistd::User::from_uid(nix::unistd::Uid::current())
        .ok()
        .flatten()
        .map_or_else(|| "/".to_owned(), |user| user.dir.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_choose_the_program_are_denied_and_ordinary_ones_are_not() {
        let one = |name: &str| denied(&BTreeMap::from([(name.to_owned(), "x".to_owned())]));
        for name in
            ["LD_PRELOAD", "BASH_ENV", "PATH", "BASH_FUNC_ls%%", "GIT_SSH_COMMAND", "A-B", "", "1A", "DD0C_X"]
        {
            assert!(one(name).is_some(), "{name}");
        }
        for name in ["NAMESPACE", "env", "ENV", "KUBECONFIG", "AWS_PROFILE", "_x1"] {
            assert!(one(name).is_none(), "{name}");
        }
        assert!(denied(&BTreeMap::from([("A".to_owned(), "a\0b".to_owned())])).is_some());
    }

    #[test]
    fn the_agents_own_environment_is_not_inherited_and_no_intent_sets_a_denied_name() {
        let approved = BTreeMap::from([("PATH".to_owned(), "/evil".to_owned()), ("A".into(), "1".into())]);
        let config = Config::new("/s", "https://g:1");
        let all = build(&config, AttemptId::from_uuid(uuid::Uuid::nil()), &approved);
        assert_eq!(all["PATH"], config.path);
        assert_eq!(all["A"], "1");
        assert!(!all.contains_key("CARGO_MANIFEST_DIR"));
    }
}

//! The languages a step can be written in.

/// What grammar a command is read with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// POSIX shell and bash.
    Bash,
    /// SQL statements.
    Sql,
    /// Commands of the Redis protocol as typed into redis-cli.
    Redis,
    /// Anything else: it can be called Dangerous, never Safe.
    Other,
}

impl Language {
    /// From the name a runbook step carries. An unknown name is [`Language::Other`].
    pub fn from_name(name: &str) -> Self {
        let is_one_of = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
        if is_one_of(&["bash", "sh", "shell", "zsh", "console", "shell-session", "terminal"]) {
            Language::Bash
        } else if is_one_of(&["sql", "psql", "postgresql", "mysql", "sqlite"]) {
            Language::Sql
        } else if is_one_of(&["redis", "redis-cli"]) {
            Language::Redis
        } else {
            Language::Other
        }
    }
}

//! A workspace: its people, its channels and what is written in them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::conversation::{Channel, Kind};

/// A workspace as it is told at the start.
#[derive(Clone, Debug)]
pub struct WorkspaceSeed {
    /// `T…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The first part of its address.
    pub domain: String,
    /// Its people.
    pub users: Vec<UserSeed>,
    /// Its channels; the bot is a member of each `with_bot`.
    pub channels: Vec<ChannelSeed>,
}

/// A person as told at the start.
#[derive(Clone, Debug)]
pub struct UserSeed {
    /// `U…`.
    pub id: String,
    /// The handle.
    pub name: String,
    /// What people see.
    pub real_name: String,
    /// The address of the profile.
    pub email: String,
    /// What kind of account: a guest (`is_restricted`), one that was switched off (`deleted`) …: fields of the user
    /// object that are set to true.
    pub flags: Vec<String>,
}

/// A channel as told at the start.
#[derive(Clone, Debug)]
pub struct ChannelSeed {
    /// `C…`.
    pub id: String,
    /// The name without `#`.
    pub name: String,
    /// Whether the bot is a member.
    pub with_bot: bool,
}

impl WorkspaceSeed {
    /// Acme: Riley, Kim and Dana on call, `#incidents` and `#general` with the bot, `#random` without.
    #[must_use]
    pub fn acme() -> Self {
        Self {
            id: "T0ACME".to_owned(),
            name: "Acme".to_owned(),
            domain: "acme".to_owned(),
            users: vec![
                UserSeed::new("U0RILEY", "riley", "Riley Ross", "riley@acme.example"),
                UserSeed::new("U0KIM", "kim", "Kim Novak", "kim@acme.example"),
                UserSeed::new("U0DANA", "dana", "Dana Cole", "dana@acme.example"),
            ],
            channels: vec![
                ChannelSeed::new("C0INCIDENT", "incidents", true),
                ChannelSeed::new("C0GENERAL", "general", true),
                ChannelSeed::new("C0RANDOM", "random", false),
            ],
        }
    }

    /// Globex: another customer, where the app is not installed yet.
    #[must_use]
    pub fn globex() -> Self {
        Self {
            id: "T0GLOBEX".to_owned(),
            name: "Globex".to_owned(),
            domain: "globex".to_owned(),
            users: vec![
                UserSeed::new("U0HANK", "hank", "Hank Scorpio", "hank@globex.example"),
                UserSeed::new("U0MINDY", "mindy", "Mindy Simmons", "mindy@globex.example"),
            ],
            channels: vec![ChannelSeed::new("C0GLOBEXOPS", "ops", true)],
        }
    }
}

impl UserSeed {
    /// A full member.
    #[must_use]
    pub fn new(id: &str, name: &str, real_name: &str, email: &str) -> Self {
        let [id, name, real_name, email] = [id, name, real_name, email].map(str::to_owned);
        Self { id, name, real_name, email, flags: Vec::new() }
    }
}

impl ChannelSeed {
    /// A public channel.
    #[must_use]
    pub fn new(id: &str, name: &str, with_bot: bool) -> Self {
        Self { id: id.to_owned(), name: name.to_owned(), with_bot }
    }
}

/// The app's presence in a workspace.
#[derive(Clone)]
pub(crate) struct Installation {
    pub(crate) bot_token: String,
    pub(crate) bot_user: String,
    pub(crate) bot_id: String,
}

/// A workspace as it stands.
pub(crate) struct Workspace {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) domain: String,
    pub(crate) users: Vec<UserSeed>,
    pub(crate) channels: BTreeMap<String, Channel>,
    pub(crate) installation: Option<Installation>,
    /// The published App Home of each user.
    pub(crate) homes: BTreeMap<String, Value>,
    seed_channels: Vec<ChannelSeed>,
}

impl Workspace {
    pub(crate) fn new(seed: WorkspaceSeed) -> Self {
        let people: Vec<String> = seed.users.iter().map(|user| user.id.clone()).collect();
        let channel = |seed: &ChannelSeed| {
            (seed.id.clone(), Channel::new(&seed.id, &seed.name, Kind::Public, people.clone()))
        };
        Self {
            channels: seed.channels.iter().map(channel).collect(),
            id: seed.id,
            name: seed.name,
            domain: seed.domain,
            users: seed.users,
            installation: None,
            homes: BTreeMap::new(),
            seed_channels: seed.channels,
        }
    }

    /// Puts the app in: with a bot user that is a member of the channels that want it. Again: a new token.
    pub(crate) fn install(&mut self, bot_token: String) -> Installation {
        let short = self.id.trim_start_matches('T').to_owned();
        let installation =
            Installation { bot_token, bot_user: format!("U{short}BOT"), bot_id: format!("B{short}BOT") };
        for seed in self.seed_channels.iter().filter(|seed| seed.with_bot) {
            if let Some(channel) = self.channels.get_mut(&seed.id) {
                channel.join(&installation.bot_user);
            }
        }
        self.installation = Some(installation.clone());
        installation
    }

    pub(crate) fn user(&self, id: &str) -> Option<&UserSeed> {
        self.users.iter().find(|user| user.id == id)
    }

    /// The direct conversation of a user with the bot; made when there is none.
    pub(crate) fn direct(&mut self, user: &str) -> &mut Channel {
        let id = format!("D{}", user.trim_start_matches('U'));
        let bot = self.installation.as_ref().map(|installation| installation.bot_user.clone());
        let members = std::iter::once(user.to_owned()).chain(bot).collect();
        self.channels.entry(id.clone()).or_insert_with(|| Channel::new(&id, user, Kind::Direct, members))
    }

    /// The user object of the Web API.
    pub(crate) fn user_object(&self, user: &UserSeed) -> Value {
        let mut object = json!({
            "id": user.id, "team_id": self.id, "name": user.name, "deleted": false, "color": "9f69e7",
            "real_name": user.real_name, "tz": "Etc/UTC", "tz_label": "UTC", "tz_offset": 0,
            "profile": {
                "real_name": user.real_name, "display_name": user.name, "email": user.email, "team": self.id,
                "real_name_normalized": user.real_name, "display_name_normalized": user.name,
                "status_text": "", "status_emoji": "", "avatar_hash": "0",
            },
            "is_admin": false, "is_owner": false, "is_primary_owner": false, "is_restricted": false,
            "is_ultra_restricted": false, "is_bot": false, "is_app_user": false, "is_email_confirmed": true,
            "updated": 1_763_780_000,
        });
        for flag in &user.flags {
            object[flag] = Value::Bool(true);
        }
        object
    }

    /// The bot's user object.
    pub(crate) fn bot_object(&self, installation: &Installation) -> Value {
        let bot = UserSeed::new(&installation.bot_user, "dd0c", "dd0c/run", "");
        let mut object = self.user_object(&bot);
        object["is_bot"] = Value::Bool(true);
        object["profile"]["bot_id"] = Value::from(installation.bot_id.clone());
        object["profile"]["api_app_id"] = Value::from(crate::sim::APP_ID);
        if let Some(profile) = object["profile"].as_object_mut() {
            profile.remove("email");
        }
        object
    }
}

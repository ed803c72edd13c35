//! What Slack tells: presses, submitted modals, commands, mentions. Read from JSON as Slack sends it, whichever way it
//! came; what is not known is not an error, because Slack adds fields and kinds at will.

mod read;

pub use read::read;

use serde_json::Value;

/// How a payload was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `events_api`.
    Event,
    /// `interactive`.
    Interactive,
    /// `slash_commands`.
    Command,
}

/// Something that happened in a workspace. No `Debug`: it holds what people typed.
#[derive(Clone, PartialEq)]
pub struct Incoming {
    /// Which delivery it is: the same however often and over whichever way it comes.
    pub id: String,
    /// `T…`.
    pub team: String,
    /// `E…`; empty outside of an Enterprise organisation.
    pub enterprise: String,
    /// `U…`; empty for what nobody did, such as the removal of the app.
    pub user: String,
    /// What people call them, when the payload says so.
    pub user_name: String,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, PartialEq)]
pub enum What {
    /// A button was pressed or an option chosen.
    Pressed(Pressed),
    /// A modal was submitted. Who sent it waits for the answer.
    Submitted(Modal),
    /// A slash command.
    Command(Typed),
    /// The bot was mentioned; the mention itself is cut off.
    Mentioned(Typed),
    /// The App Home was opened.
    HomeOpened,
    /// A shortcut on a message.
    Shortcut {
        /// Its `callback_id`.
        callback: String,
        /// Opens a modal, once, within 3 s.
        trigger: String,
        /// The message's text.
        text: String,
    },
    /// The app was removed from the workspace, or its token was.
    Removed,
}

/// A button that was pressed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Pressed {
    /// Its `action_id`.
    pub action: String,
    /// Its value, or that of the chosen option.
    pub value: String,
    /// Opens a modal, once, within 3 s.
    pub trigger: String,
    /// Where the message stands; empty in the App Home and in modals.
    pub channel: String,
    /// The message.
    pub message_ts: String,
    /// Its thread; empty outside of one.
    pub thread_ts: String,
    /// The modal or home it stands in.
    pub view: Option<ViewName>,
}

/// Which view.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ViewName {
    /// `V…`.
    pub id: String,
    /// Changes with every change of the view.
    pub hash: String,
}

/// A modal that was submitted.
#[derive(Clone, PartialEq, Default)]
pub struct Modal {
    /// Which.
    pub view: ViewName,
    /// Its `callback_id`.
    pub callback: String,
    /// What we put into it.
    pub private_metadata: String,
    /// `state.values`: by block and action.
    pub values: Value,
}

/// Words for the bot.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Typed {
    /// What was written after the command or mention.
    pub text: String,
    /// Where.
    pub channel: String,
    /// The message; empty for a slash command.
    pub message_ts: String,
    /// The thread it stands in; empty outside of one.
    pub thread_ts: String,
    /// Opens a modal, once, within 3 s; empty for a mention.
    pub trigger: String,
}

impl Modal {
    /// What an input holds: the text, the chosen option, or the first of several.
    pub fn value(&self, block: &str) -> Option<String> {
        let elements = self.values.get(block)?.as_object()?;
        elements.values().find_map(|element| {
            let text = element["value"].as_str().or_else(|| element["selected_option"]["value"].as_str());
            text.map(str::to_owned)
        })
    }

    /// Which options of checkboxes are ticked.
    pub fn ticked(&self, block: &str) -> Vec<String> {
        let elements = self.values.get(block).and_then(Value::as_object);
        let options = elements.into_iter().flat_map(|elements| elements.values());
        let options = options.filter_map(|element| element["selected_options"].as_array()).flatten();
        options.filter_map(|option| option["value"].as_str()).map(str::to_owned).collect()
    }
}

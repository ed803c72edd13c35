//! The one table by which risk follows from what a command does.
//!
//! Rules state effects; none states a risk. A rule may raise what the table says, with a reason, and never lower it.
//! Where something stands plays no part: a file deleted here is as gone as one deleted elsewhere.

use dd0c_types::{Act, Effect, Reach, ScannerRisk};

/// The risk of an effect.
///
/// Only reading is Safe. What cannot be told beforehand is Unknown. Of the rest, everything is at least Caution, and
/// Dangerous begins, kind by kind, where a mistake can no longer be taken back or cuts off more than it names.
pub const fn risk(effect: Effect) -> ScannerRisk {
    let begins = match effect.act {
        Act::Reads => return ScannerRisk::Safe,
        Act::Hides => return ScannerRisk::Unknown,
        // Nothing is lost; whoever sees the output has it.
        Act::Discloses => Dangerous::Never,
        Act::Connects | Act::Installs | Act::Executes => Dangerous::Shared,
        Act::Writes => Dangerous::LastingAndWide,
        Act::Authorises => Dangerous::LastingOrShared,
        Act::Controls | Act::Destroys => Dangerous::LastingOrWide,
    };
    if begins.holds(effect) { ScannerRisk::Dangerous } else { ScannerRisk::Caution }
}

/// The risk of a rule: what its effect gives, or what it is raised to when that is more.
pub const fn of_rule(effect: Effect, raised: Option<ScannerRisk>) -> ScannerRisk {
    let derived = risk(effect);
    match raised {
        Some(raised) if raised as u8 > derived as u8 => raised,
        _ => derived,
    }
}

/// From where on a kind of doing is Dangerous.
#[derive(Clone, Copy)]
enum Dangerous {
    Never,
    /// What others stand on.
    Shared,
    /// More than one thing, for good, or anything that others stand on, for good.
    LastingAndWide,
    /// For good, or what others stand on.
    LastingOrShared,
    /// For good, or more than what is named.
    LastingOrWide,
}

impl Dangerous {
    const fn holds(self, effect: Effect) -> bool {
        let lasting = !effect.reversible;
        let wide = !matches!(effect.reach, Reach::One);
        let shared = matches!(effect.reach, Reach::Shared);
        match self {
            Dangerous::Never => false,
            Dangerous::Shared => shared,
            Dangerous::LastingAndWide => lasting && wide,
            Dangerous::LastingOrShared => lasting || shared,
            Dangerous::LastingOrWide => lasting || wide,
        }
    }
}

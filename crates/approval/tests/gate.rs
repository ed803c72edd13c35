//! The gate is the strictest of what each input alone asks for.

use dd0c_approval::{GovernanceMode, gate};
use dd0c_types::run::Gate;
use dd0c_types::{Risk, TrustLevel};

const MODES: [GovernanceMode; 2] = [GovernanceMode::Audit, GovernanceMode::Strict];
const LEVELS: [TrustLevel; 3] = [TrustLevel::Show, TrustLevel::Ask, TrustLevel::Copilot];
const RISKS: [Option<Risk>; 4] = [Some(Risk::Safe), Some(Risk::Caution), Some(Risk::Dangerous), None];

type Inputs = (Option<Risk>, TrustLevel, GovernanceMode, bool, bool);

fn all() -> Vec<Inputs> {
    let mut inputs = Vec::new();
    for risk in RISKS {
        for trust in LEVELS {
            for mode in MODES {
                for locked in [false, true] {
                    for command in [false, true] {
                        inputs.push((risk, trust, mode, locked, command));
                    }
                }
            }
        }
    }
    inputs
}

fn of((risk, trust, mode, locked, command): Inputs) -> Gate {
    gate(risk, trust, mode, locked, command)
}

/// How much a gate asks before something is executed; both kinds that execute nothing stand above all.
fn strictness(gate: Gate) -> u8 {
    match gate {
        Gate::Auto => 0,
        Gate::Run => 1,
        Gate::Approve => 2,
        Gate::Typed => 3,
        Gate::ShowOnly | Gate::ByHand => 4,
    }
}

#[test]
fn the_table_for_a_command() {
    use {Gate::*, GovernanceMode::*, Risk::*, TrustLevel::*};
    for (risk, trust, mode, locked, expected) in [
        (Some(Safe), Copilot, Audit, false, Auto),
        (Some(Safe), Copilot, Audit, true, Run),
        (Some(Safe), Copilot, Strict, false, Run),
        (Some(Safe), Ask, Audit, false, Run),
        (Some(Safe), Show, Audit, false, ShowOnly),
        (Some(Caution), Copilot, Audit, false, Approve),
        (Some(Caution), Ask, Strict, true, Approve),
        (Some(Dangerous), Copilot, Audit, false, Typed),
        (Some(Dangerous), Show, Strict, true, ShowOnly),
        (None, Copilot, Audit, false, Typed),
    ] {
        assert_eq!(gate(risk, trust, mode, locked, true), expected, "{risk:?} {trust:?} {mode:?} {locked}");
    }
}

#[test]
fn exactly_one_of_all_inputs_lets_a_step_run_by_itself() {
    let auto: Vec<_> = all().into_iter().filter(|inputs| of(*inputs) == Gate::Auto).collect();
    assert_eq!(auto, [(Some(Risk::Safe), TrustLevel::Copilot, GovernanceMode::Audit, false, true)]);
}

#[test]
fn the_gate_is_never_below_what_each_input_alone_asks() {
    for inputs in all() {
        let (risk, trust, mode, locked, command) = inputs;
        for alone in [
            gate(risk, TrustLevel::Copilot, GovernanceMode::Audit, false, true),
            gate(Some(Risk::Safe), trust, GovernanceMode::Audit, false, true),
            gate(Some(Risk::Safe), TrustLevel::Copilot, mode, false, true),
            gate(Some(Risk::Safe), TrustLevel::Copilot, GovernanceMode::Audit, locked, true),
            gate(Some(Risk::Safe), TrustLevel::Copilot, GovernanceMode::Audit, false, command),
        ] {
            assert!(
                strictness(of(inputs)) >= strictness(alone),
                "{inputs:?} gives {:?}, below {alone:?}",
                of(inputs)
            );
        }
    }
}

#[test]
fn tightening_one_input_never_loosens_the_gate() {
    for inputs in all() {
        let (risk, trust, mode, _, command) = inputs;
        let locked = strictness(of((risk, trust, mode, true, command)));
        let strict = strictness(of((risk, trust, GovernanceMode::Strict, false, command)));
        let worse = strictness(of((risk.map(Risk::escalated), trust, mode, false, command)));
        let now = strictness(of((risk, trust, mode, false, command)));
        assert!(locked >= now && strict >= now && worse >= now, "{inputs:?}");
    }
}

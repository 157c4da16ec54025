//! Learning while the contrast drifts: the measured step goes on where the best fixed step lags and then fails.

use items::drift::{CONTRASTS, Rule, best_fixed, learn, report};

#[test]
fn the_measured_step_goes_on_where_the_best_fixed_one_lags_and_fails() {
    let (size, end) = best_fixed();
    assert!((0.25..=4.0).contains(&size), "the grid holds its best step inside: {size}");
    let fixed = learn(Rule::Fixed(size), CONTRASTS.len(), |_| {});
    assert_eq!(fixed[0], end);
    let mut least = [f64::INFINITY; 3];
    let measured = learn(Rule::Measured, CONTRASTS.len(), |seen| {
        least[seen.phase] = least[seen.phase].min(seen.step_size);
    });
    // 64 digits in four classes: no knowledge costs ln 4 = 1.386
    assert!(measured[0] < fixed[0] && fixed[0] < 0.4, "both learn: {measured:?} {fixed:?}");
    assert!(measured[1] < 0.85 && fixed[1] > 1.1, "the fixed step lags: {measured:?} {fixed:?}");
    assert!(measured[2] < 0.15 && fixed[2] > 1.0, "the fixed step fails: {measured:?} {fixed:?}");
    assert!(least[2] < 0.5 * least[0], "steps follow the contrast: {least:?}");
}

#[test]
fn the_report_has_a_line_for_every_fortieth_step_and_both_ends() {
    let mut text = String::new();
    report(&mut text).unwrap();
    assert_eq!(text.lines().count(), 1 + 3 * 6 + 3, "{text}");
    assert!(text.lines().all(|line| line.len() <= 60), "{text}");
}

//! The answers of many estates, added up and printed.

use super::answers::Answer;
use delegap::model::Confidence;
use std::collections::BTreeMap;
use std::fmt;

/// Sums over estates. Lists hold the numbers of estates with what happened there.
#[derive(Default)]
pub struct Tally {
    pub estates: usize,
    pub top_right: usize,
    pub moves: usize,
    pub moves_right: usize,
    pub lost: usize,
    pub invented: usize,
    pub confirmed: usize,
    pub confirmed_wrong: Vec<String>,
    pub likely: usize,
    pub likely_wrong: Vec<String>,
    pub accused: Vec<String>,
    wrong: Vec<String>,
    /// Truth, answer, estates.
    table: BTreeMap<&'static str, BTreeMap<&'static str, usize>>,
    /// Truth, answer, failed moves.
    by_move: BTreeMap<&'static str, BTreeMap<String, usize>>,
}

impl Tally {
    pub fn of<'a>(answers: impl Iterator<Item = &'a Answer>) -> Self {
        let mut tally = Tally::default();
        answers.for_each(|answer| tally.add(answer));
        tally
    }

    fn add(&mut self, a: &Answer) {
        self.estates += 1;
        let answer = a.answer.unwrap_or("no cause");
        if a.top_right() {
            self.top_right += 1;
        } else {
            self.wrong.push(format!("#{} {} -> {answer}", a.index, a.truth()));
        }
        let shown = if a.top_right() && a.answer.is_some() { answer } else { a.truth() };
        *self.table.entry(shown).or_default().entry(answer).or_default() += 1;
        for m in &a.moves {
            self.moves += 1;
            self.moves_right += usize::from(m.right);
            self.lost += usize::from(m.lost);
            let named = match (m.right, m.lost) {
                (true, _) => m.cause.to_owned(),
                (false, true) => "(no attempt)".to_owned(),
                (false, false) if m.named.is_empty() => "(silent)".to_owned(),
                (false, false) => m.named.join("+"),
            };
            *self.by_move.entry(m.cause).or_default().entry(named).or_default() += 1;
        }
        self.invented += a.invented;
        for claim in &a.claims {
            let (all, wrong) = match claim.confidence {
                Confidence::Confirmed => (&mut self.confirmed, &mut self.confirmed_wrong),
                Confidence::Likely => (&mut self.likely, &mut self.likely_wrong),
                Confidence::Possible => continue,
            };
            *all += 1;
            if !claim.right {
                wrong.push(format!("#{} {} where it is {}", a.index, claim.cause, claim.truth));
            }
        }
        self.accused.extend(a.accused.iter().map(|what| format!("#{} {what}", a.index)));
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  estates {}, primary cause right {}", self.estates, self.top_right)?;
        writeln!(
            f,
            "  failed moves {}, cause right {}, not found as an attempt {}; failed attempts that were none {}",
            self.moves, self.moves_right, self.lost, self.invented
        )?;
        writeln!(
            f,
            "  confirmed {} (wrong {}), likely {} (wrong {}), delegation accused {}",
            self.confirmed,
            self.confirmed_wrong.len(),
            self.likely,
            self.likely_wrong.len(),
            self.accused.len()
        )?;
        writeln!(f, "  truth: answers, estates")?;
        for (truth, answers) in &self.table {
            writeln!(f, "    {truth:<34} {}", row(truth, answers))?;
        }
        writeln!(f, "  truth: answers, failed moves")?;
        for (truth, answers) in &self.by_move {
            let answers: BTreeMap<&str, usize> = answers.iter().map(|(name, n)| (name.as_str(), *n)).collect();
            writeln!(f, "    {truth:<34} {}", row(truth, &answers))?;
        }
        for (title, list) in [
            ("primary cause wrong", &self.wrong),
            ("confirmed and wrong", &self.confirmed_wrong),
            ("likely and wrong", &self.likely_wrong),
            ("delegation accused", &self.accused),
        ] {
            if !list.is_empty() {
                writeln!(f, "  {title}: {}", grouped(list))?;
            }
        }
        Ok(())
    }
}

/// The right answer first, the others by their number.
fn row(truth: &str, answers: &BTreeMap<&str, usize>) -> String {
    let all: usize = answers.values().sum();
    let right = answers.get(truth).copied().unwrap_or(0);
    let mut others: Vec<_> = answers.iter().filter(|(answer, _)| **answer != truth).collect();
    others.sort_by_key(|(answer, n)| (std::cmp::Reverse(**n), **answer));
    let others: Vec<_> = others.into_iter().map(|(answer, n)| format!("{answer} {n}")).collect();
    format!("{right:>4} of {all:>4}   {}", others.join(", "))
}

/// Equal lines once, with how often.
fn grouped(list: &[String]) -> String {
    let mut counts: BTreeMap<(u64, &str), usize> = BTreeMap::new();
    for line in list {
        let number = line.trim_start_matches('#').split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        *counts.entry((number, line)).or_default() += 1;
    }
    let lines = counts.into_iter().map(|((_, line), n)| if n > 1 { format!("{line} ({n})") } else { line.to_owned() });
    lines.map(|line| format!("\n    {line}")).collect()
}

//! The steps of the volume method (Barahona and Anbil 2000, doi:10.1007/s101070050002): how long the next one is, and how
//! much the newest relaxed solution counts in the average. Floats choose steps only; bounds are those of whole prices.

/// Length of steps, relative to what is aimed at.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// The present length.
    pub length: f64,
    failures: u32,
    patience: u32,
}

impl Steps {
    /// Begins with a length; steps get shorter after `patience` of them without a better bound.
    #[must_use]
    pub const fn new(length: f64, patience: u32) -> Self {
        Self { length, failures: 0, patience }
    }

    /// Takes note of a step: was the bound better, and how far does the newest violation point along the averaged one
    /// (their product)?
    pub fn took(&mut self, better: bool, agreement: f64) {
        if better {
            self.failures = 0;
            if agreement > 0.0 {
                self.length = (self.length * 1.2).min(2.0);
            }
            return;
        }
        self.failures += 1;
        if self.failures == self.patience {
            self.failures = 0;
            self.length *= 0.66;
        }
    }
}

/// The product of the newest and the averaged violation, and the weight of the newest that leaves the shortest average:
/// at most `newest`, at least a tenth of it.
#[must_use]
pub fn weigh(fresh: &[f64], average: &[f64], newest: f64) -> (f64, f64) {
    let length: f64 = average.iter().map(|each| each * each).sum();
    let agreement: f64 = fresh.iter().zip(average).map(|(a, b)| a * b).sum();
    let apart: f64 = fresh.iter().zip(average).map(|(a, b)| (a - b) * (a - b)).sum();
    let exact = if apart > 0.0 { (length - agreement) / apart } else { newest };
    (agreement, exact.clamp(newest / 10.0, newest))
}

//! Which of many fixed points is nearest: a k-d tree over unit vectors (Bentley 1975, doi:10.1145/361002.361007).
//! Points are vectors in space, so there is no seam at 180 degrees and none at the poles, and the order of chords is
//! the order of great-circle distances.

use crate::roster::person::Place;

/// At most this many points are scanned one by one at the end of a branch.
const LEAF: usize = 8;

/// A place on the unit sphere.
pub(super) fn unit(place: Place) -> [f64; 3] {
    let (latitude, longitude) = (place.latitude.to_radians(), place.longitude.to_radians());
    [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
}

/// The points, in the order of the tree: the middle of every range splits it, along the axis of its depth.
pub(super) struct Tree {
    points: Vec<([f64; 3], u32)>,
}

impl Tree {
    /// The tree of at least one place.
    pub(super) fn new(places: impl Iterator<Item = Place>) -> Self {
        let mut points: Vec<_> = places.enumerate().map(|(at, place)| (unit(place), at as u32)).collect();
        split(&mut points, 0);
        Self { points }
    }

    /// The position, in the order given to [`Tree::new`], of the nearest place; the first of equally near ones.
    pub(super) fn nearest(&self, place: Place) -> usize {
        let mut best = (f64::INFINITY, u32::MAX);
        search(&self.points, 0, unit(place), &mut best);
        best.1 as usize
    }
}

fn split(points: &mut [([f64; 3], u32)], axis: usize) {
    if points.len() <= LEAF {
        return;
    }
    let middle = points.len() / 2;
    points.select_nth_unstable_by(middle, |a, b| a.0[axis].total_cmp(&b.0[axis]));
    let (left, right) = points.split_at_mut(middle);
    split(left, (axis + 1) % 3);
    split(&mut right[1..], (axis + 1) % 3);
}

fn search(points: &[([f64; 3], u32)], axis: usize, from: [f64; 3], best: &mut (f64, u32)) {
    if points.len() <= LEAF {
        for point in points {
            consider(point, from, best);
        }
        return;
    }
    let middle = points.len() / 2;
    let offset = from[axis] - points[middle].0[axis];
    let (left, right) = (&points[..middle], &points[middle + 1..]);
    let (near, far) = if offset < 0.0 { (left, right) } else { (right, left) };
    search(near, (axis + 1) % 3, from, best);
    consider(&points[middle], from, best);
    // The far side can only hold a nearer point, or one as near, when the splitting plane is that near.
    if offset * offset <= best.0 {
        search(far, (axis + 1) % 3, from, best);
    }
}

fn consider(&(point, at): &([f64; 3], u32), from: [f64; 3], best: &mut (f64, u32)) {
    let (x, y, z) = (point[0] - from[0], point[1] - from[1], point[2] - from[2]);
    let found = (x * x + y * y + z * z, at);
    if found < *best {
        *best = found;
    }
}

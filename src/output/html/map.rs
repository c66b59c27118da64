//! The county map: outlines in drawing units and a class of shade per county. States without outlines have the table
//! only.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::output::figures::{count, decimal, share};
use crate::output::html::charts::tenths;
use crate::plan::affected::CountyFacts;

/// Outlines of Iowa's counties (`datasets/SOURCES.md`).
static OUTLINES: &str = include_str!("../../../datasets/gazetteer/iowa_counties.geojson");

const WIDTH: f64 = 720.0;
const MARGIN: f64 = 4.0;
/// Shades of a map, the palest first.
const SHADES: usize = 5;

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    id: String,
    properties: Properties,
    geometry: Geometry,
}

#[derive(Deserialize)]
struct Properties {
    name: String,
}

type Ring = Vec<[f64; 2]>;

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Vec<Ring>),
    MultiPolygon(Vec<Vec<Ring>>),
}

impl Geometry {
    fn rings(&self) -> Vec<&Ring> {
        match self {
            Self::Polygon(rings) => rings.iter().collect(),
            Self::MultiPolygon(polygons) => polygons.iter().flatten().collect(),
        }
    }
}

static COUNTIES: LazyLock<Vec<Feature>> =
    LazyLock::new(|| serde_json::from_str::<Collection>(OUTLINES).map(|all| all.features).unwrap_or_default());

/// Both maps: one set of outlines, two shades a county.
#[derive(Clone, Debug, Serialize)]
pub struct Map {
    /// Width of the drawing.
    pub width: f64,
    /// Height of the drawing.
    pub height: f64,
    /// All counties of the state, those without members too.
    pub counties: Vec<Shape>,
    /// Legend of the share that moves: shade and words.
    pub moved_legend: Vec<String>,
    /// Legend of the average caseload.
    pub load_legend: Vec<String>,
    /// Members of the roster who live outside these counties or whose county is unknown.
    pub elsewhere: String,
    /// Are there any?
    pub any_elsewhere: bool,
}

/// One county.
#[derive(Clone, Debug, Serialize)]
pub struct Shape {
    /// Name.
    pub name: String,
    /// Outline as an SVG path.
    pub path: String,
    /// Centre of the outline's box.
    pub x: f64,
    /// See `x`.
    pub y: f64,
    /// Radius of the circle: its area is proportional to the members.
    pub radius: f64,
    /// Members, in words for the text alternative.
    pub members: String,
    /// Members who move.
    pub moved: String,
    /// Their share.
    pub share: String,
    /// Average caseload.
    pub load: String,
    /// Shade of the share that moves; 0 = no members.
    pub moved_shade: usize,
    /// Shade of the average caseload; 0 = no members.
    pub load_shade: usize,
}

/// The map, when at least half of the members with a known county live where there are outlines.
#[must_use]
pub fn of(counties: &[CountyFacts]) -> Option<Map> {
    let facts: BTreeMap<&str, &CountyFacts> = counties.iter().map(|row| (row.fips.as_str(), row)).collect();
    let all: u32 = counties.iter().map(|row| row.members).sum();
    let here: Vec<&CountyFacts> = COUNTIES.iter().filter_map(|shape| facts.get(shape.id.as_str()).copied()).collect();
    let inside: u32 = here.iter().map(|row| row.members).sum();
    if all == 0 || inside * 2 < all {
        return None;
    }
    let frame = Frame::around(&COUNTIES);
    let shares = Classes::of(here.iter().map(|row| moved_percent(row)).collect(), 0);
    let loads = Classes::of(here.iter().map(|row| row.average_load).collect(), 1);
    let most = here.iter().map(|row| row.members).max().unwrap_or(1);
    let shape = |feature: &Feature| {
        let row = facts.get(feature.id.as_str());
        let rings = feature.geometry.rings();
        let (x, y) = frame.middle(&rings);
        let members = row.map_or(0, |row| row.members);
        Shape {
            name: feature.properties.name.clone(),
            path: frame.path(&rings),
            x,
            y,
            radius: tenths(15.0 * (f64::from(members) / f64::from(most)).sqrt()),
            members: count(i64::from(members)),
            moved: count(i64::from(row.map_or(0, |row| row.moved))),
            share: row.map_or_else(|| "–".to_owned(), |row| share(row.moved, row.members)),
            load: row.map_or_else(|| "–".to_owned(), |row| decimal(row.average_load, 1)),
            moved_shade: row.map_or(0, |row| shares.class(moved_percent(row))),
            load_shade: row.map_or(0, |row| loads.class(row.average_load)),
        }
    };
    Some(Map {
        width: WIDTH,
        height: frame.height,
        counties: COUNTIES.iter().map(shape).collect(),
        moved_legend: shares.legend(" %"),
        load_legend: loads.legend(""),
        elsewhere: count(i64::from(all - inside)),
        any_elsewhere: all > inside,
    })
}

fn moved_percent(row: &CountyFacts) -> f64 {
    f64::from(row.moved) * 100.0 / f64::from(row.members.max(1))
}

/// Equal steps from the least value to the greatest, on round numbers.
struct Classes {
    from: f64,
    step: f64,
    decimals: usize,
}

impl Classes {
    fn of(values: Vec<f64>, decimals: usize) -> Self {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min).min(1e9);
        let greatest = values.iter().copied().fold(0.0, f64::max);
        let unit = 10_f64.powi(-(decimals as i32));
        let from = (least / unit).floor() * unit;
        let step = (((greatest - from) / SHADES as f64 / unit).ceil() * unit).max(unit);
        Self { from, step, decimals }
    }

    fn class(&self, value: f64) -> usize {
        1 + (((value - self.from) / self.step).max(0.0) as usize).min(SHADES - 1)
    }

    fn legend(&self, unit: &str) -> Vec<String> {
        let edge = |at: usize| decimal(self.from + self.step * at as f64, self.decimals);
        (0..SHADES).map(|at| format!("{} – {}{unit}", edge(at), edge(at + 1))).collect()
    }
}

/// Equirectangular projection, true at the middle latitude: right enough for one state.
struct Frame {
    west: f64,
    north: f64,
    scale: f64,
    squeeze: f64,
    height: f64,
}

impl Frame {
    fn around(features: &[Feature]) -> Self {
        let (mut west, mut east, mut south, mut north) = (180.0_f64, -180.0_f64, 90.0_f64, -90.0_f64);
        for [longitude, latitude] in features.iter().flat_map(|feature| feature.geometry.rings()).flatten() {
            west = west.min(*longitude);
            east = east.max(*longitude);
            south = south.min(*latitude);
            north = north.max(*latitude);
        }
        let squeeze = f64::midpoint(south, north).to_radians().cos();
        let scale = (WIDTH - 2.0 * MARGIN) / ((east - west) * squeeze);
        Self { west, north, scale, squeeze, height: tenths((north - south) * scale + 2.0 * MARGIN) }
    }

    fn point(&self, [longitude, latitude]: [f64; 2]) -> (f64, f64) {
        let x = MARGIN + (longitude - self.west) * self.squeeze * self.scale;
        (tenths(x), tenths(MARGIN + (self.north - latitude) * self.scale))
    }

    fn path(&self, rings: &[&Ring]) -> String {
        let mut path = String::new();
        for ring in rings {
            for (at, corner) in ring.iter().enumerate() {
                let (x, y) = self.point(*corner);
                let _ = write!(path, "{}{x} {y}", if at == 0 { 'M' } else { 'L' });
            }
            path.push('Z');
        }
        path
    }

    fn middle(&self, rings: &[&Ring]) -> (f64, f64) {
        let points: Vec<(f64, f64)> = rings.iter().flat_map(|ring| ring.iter()).map(|corner| self.point(*corner)).collect();
        let middle = |of: fn(&(f64, f64)) -> f64| {
            let least = points.iter().map(of).fold(f64::INFINITY, f64::min);
            let greatest = points.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
            tenths(f64::midpoint(least, greatest))
        };
        (middle(|point| point.0), middle(|point| point.1))
    }
}

export type {
  Axis,
  DirectLabel,
  Figure,
  Hue,
  IllustratedExperiment,
  Mark,
  Panel,
  Point,
  Style,
  Text,
} from './figure.js';

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
export { FIGURE_FORMATS, type FigureFormat, writeFigure } from './write.js';

package jcluster.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Two figures side by side, again and again. */
final class Ratios {
  private final List<Double> first = new ArrayList<>();
  private final List<Double> second = new ArrayList<>();

  void add(double one, double other) {
    first.add(one);
    second.add(other);
  }

  int size() {
    return first.size();
  }

  double first() {
    return median(first);
  }

  double second() {
    return median(second);
  }

  /** The median of second/first. */
  double ratio() {
    return median(ratios());
  }

  /** The median of second less first. */
  double difference() {
    List<Double> differences = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      differences.add(second.get(i) - first.get(i));
    }
    return median(differences);
  }

  /** The smallest and the largest ratio. */
  String spread() {
    return String.format(
        Locale.ROOT, "%.2f–%.2f", Collections.min(ratios()), Collections.max(ratios()));
  }

  private List<Double> ratios() {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      ratios.add(second.get(i) / first.get(i));
    }
    return ratios;
  }

  private static double median(List<Double> figures) {
    List<Double> sorted = figures.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}

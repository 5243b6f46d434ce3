package jcluster.runtime;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Converts records to text and back by the names of their components, so that another version can
 * read them. A reader skips components that it does not know, takes missing lists, maps and
 * optionals as empty, and fails if any other component is missing. A record may contain records,
 * values of a sealed type of records, enums, lists, maps, optionals, paths, strings, booleans, ints
 * and longs.
 *
 * <p>In the text, a record is {@code (...)} around the name and value of each component, after
 * {@code :} and its own name if it is of a sealed type; a list, map or optional is {@code [...]}
 * around its elements; everything else is a quoted string. Nothing separates them.
 */
final class RecordText {
  private final String text;
  private int position;

  private RecordText(String text) {
    this.text = text;
  }

  // Writing

  /** The text of a record and of all that is in it. */
  static String write(Record value) {
    return new Writer().text(value);
  }

  /**
   * Writes a series of records that share most of their contents: it reuses the text of a nested
   * record that is the same object as the time before.
   */
  static final class Writer {
    private static final int LONGEST = 4096;

    private IdentityHashMap<Record, String> last = new IdentityHashMap<>();
    private IdentityHashMap<Record, String> now = new IdentityHashMap<>();

    /** The text of a record and of all that is in it. */
    String text(Record value) {
      var out = new StringBuilder();
      write(value, out, this);
      last = now;
      now = new IdentityHashMap<>();
      return out.toString();
    }

    private void append(Record value, StringBuilder out) {
      String known = now.getOrDefault(value, last.get(value));
      int from = out.length();
      if (known == null) {
        Class<? extends Record> type = value.getClass();
        out.append(isOfSealed(type) ? ":" + type.getSimpleName() : "").append('(');
        for (RecordComponent component : COMPONENTS.get(type)) {
          out.append(component.getName());
          write(component(component, value), out, this);
        }
        out.append(')');
        if (out.length() - from > LONGEST) {
          return; // A record this long hardly ever stays the same.
        }
        known = out.substring(from);
      } else {
        out.append(known);
      }
      now.put(value, known);
    }
  }

  private static final ClassValue<RecordComponent[]> COMPONENTS =
      new ClassValue<>() {
        @Override
        protected RecordComponent[] computeValue(Class<?> type) {
          return type.getRecordComponents();
        }
      };

  private static boolean isOfSealed(Class<?> type) {
    return Stream.of(type.getInterfaces()).anyMatch(Class::isSealed);
  }

  private static void write(Object value, StringBuilder out, Writer writer) {
    if (value instanceof Record r) {
      writer.append(r, out);
    } else if (value instanceof List<?> list) {
      out.append('[');
      list.forEach(v -> write(v, out, writer));
      out.append(']');
    } else if (value instanceof Optional<?> optional) {
      out.append('[');
      optional.ifPresent(v -> write(v, out, writer));
      out.append(']');
    } else if (value instanceof Map<?, ?> map) {
      out.append('[');
      map.forEach(
          (k, v) -> {
            write(k, out, writer);
            write(v, out, writer);
          });
      out.append(']');
    } else {
      String plain = value instanceof Enum<?> e ? e.name() : value.toString();
      out.append('"').append(plain.replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
    }
  }

  private static Object component(RecordComponent component, Record of) {
    try {
      return component.getAccessor().invoke(of);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component.toString(), e);
    }
  }

  // Reading

  /**
   * Reads a record from its text.
   *
   * @throws IllegalArgumentException if it is not the text of such a record; the message says what
   *     is wrong
   */
  static <T extends Record> T read(String text, Class<T> type) {
    var reader = new RecordText(text);
    Object value = reader.value(type);
    if (reader.position != text.length()) {
      throw reader.unexpected();
    }
    return type.cast(value);
  }

  private Object value(Type type) {
    Class<?> raw = (Class<?>) (type instanceof ParameterizedType p ? p.getRawType() : type);
    if (raw.isSealed()) {
      return record(named(raw.getPermittedSubclasses(), raw));
    } else if (raw.isRecord()) {
      return record(isOfSealed(raw) ? named(new Class<?>[] {raw}, raw) : raw);
    } else if (raw == List.class) {
      return elements(argument(type, 0));
    } else if (raw == Optional.class) {
      return elements(argument(type, 0)).stream().findFirst();
    } else if (raw == Map.class) {
      return map(argument(type, 0), argument(type, 1));
    }
    String plain = string();
    try {
      return plain(raw, plain);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("'" + plain + "' is no " + raw.getSimpleName(), e);
    }
  }

  private static Object plain(Class<?> type, String text) {
    if (type == int.class || type == Integer.class) {
      return Integer.valueOf(text);
    } else if (type == long.class || type == Long.class) {
      return Long.valueOf(text);
    } else if (type == boolean.class) {
      return Boolean.valueOf(text);
    } else if (type == String.class) {
      return text;
    } else if (type == Path.class) {
      return Path.of(text);
    }
    for (Object constant :
        type.getEnumConstants() == null ? new Object[0] : type.getEnumConstants()) {
      if (((Enum<?>) constant).name().equals(text)) {
        return constant;
      }
    }
    throw new IllegalArgumentException();
  }

  /** The one of some records whose name comes next. */
  private Class<?> named(Class<?>[] types, Class<?> of) {
    expect(':');
    String name = name();
    for (Class<?> type : types) {
      if (type.getSimpleName().equals(name)) {
        return type;
      }
    }
    throw new IllegalArgumentException("'" + name + "' is no " + of.getSimpleName());
  }

  private Object record(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    Map<String, RecordComponent> known = new HashMap<>();
    for (RecordComponent component : components) {
      known.put(component.getName(), component);
    }
    Map<String, Object> values = new HashMap<>();
    expect('(');
    while (peek() != ')') {
      String name = name();
      RecordComponent component = known.get(name);
      if (component == null) {
        skip();
      } else {
        values.put(name, value(component.getGenericType()));
      }
    }
    expect(')');
    Class<?>[] types = new Class<?>[components.length];
    Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      arguments[i] = values.getOrDefault(components[i].getName(), empty(types[i]));
      if (arguments[i] == null) {
        throw new IllegalArgumentException(
            type.getSimpleName() + " is without '" + components[i].getName() + "'");
      }
    }
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(arguments);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(
          type.getSimpleName() + " cannot be so: " + e.getCause(), e);
    }
  }

  private static Object empty(Class<?> type) {
    if (type == List.class) {
      return List.of();
    } else if (type == Map.class) {
      return Map.of();
    }
    return type == Optional.class ? Optional.empty() : null;
  }

  private List<Object> elements(Type type) {
    List<Object> elements = new ArrayList<>();
    expect('[');
    while (peek() != ']') {
      elements.add(value(type));
    }
    expect(']');
    return elements;
  }

  private Map<Object, Object> map(Type key, Type value) {
    Map<Object, Object> map = new LinkedHashMap<>();
    expect('[');
    while (peek() != ']') {
      Object k = value(key);
      map.put(k, value(value));
    }
    expect(']');
    return map;
  }

  private static Type argument(Type type, int index) {
    return ((ParameterizedType) type).getActualTypeArguments()[index];
  }

  /** Skips a value of any kind. */
  private void skip() {
    switch (peek()) {
      case '"' -> string();
      case ':' -> {
        expect(':');
        name();
        skip();
      }
      case '(' -> {
        expect('(');
        while (peek() != ')') {
          name();
          skip();
        }
        expect(')');
      }
      default -> {
        expect('[');
        while (peek() != ']') {
          skip();
        }
        expect(']');
      }
    }
  }

  private String name() {
    int from = position;
    while (Character.isJavaIdentifierPart(peek())) {
      position++;
    }
    if (from == position) {
      throw unexpected();
    }
    return text.substring(from, position);
  }

  private String string() {
    expect('"');
    var string = new StringBuilder();
    while (peek() != '"') {
      if (peek() == '\\') {
        position++;
      }
      string.append(peek());
      position++;
    }
    expect('"');
    return string.toString();
  }

  private char peek() {
    if (position >= text.length()) {
      throw new IllegalArgumentException("the text ends too early");
    }
    return text.charAt(position);
  }

  private void expect(char c) {
    if (peek() != c) {
      throw unexpected();
    }
    position++;
  }

  private IllegalArgumentException unexpected() {
    return new IllegalArgumentException(
        "unexpected '" + text.charAt(position) + "' at " + position);
  }
}

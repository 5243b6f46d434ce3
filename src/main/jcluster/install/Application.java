package jcluster.install;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jcluster.config.Instances;
import jcluster.config.Words;

/**
 * An application to be made a service.
 *
 * @param name a valid name, see jcluster(1)
 * @param listen what it listens on, at least one
 * @param size how many workers
 * @param command the words of Command=, in which a percent sign begins a specifier
 * @param folder where a worker starts; empty for the default
 * @param settings further lines of the section [Worker]
 */
public record Application(
    String name,
    List<Listen> listen,
    Instances size,
    List<String> command,
    Optional<Path> folder,
    List<String> settings) {

  /** The unit that runs it. */
  public String unit() {
    return name + "@" + size + ".service";
  }

  /** Its configuration, without the first line by which a change is known. */
  String configuration() {
    StringBuilder text = new StringBuilder();
    text.append("# What goes in here: man jcluster.conf. After a change: systemctl reload ");
    text.append(name).append("\n\n[Worker]\nCommand=").append(Words.join(command)).append('\n');
    folder.ifPresent(path -> text.append("WorkingDirectory=").append(path).append('\n'));
    settings.forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }

  /** What its socket unit has in place of the template's addresses, likewise. */
  String sockets() {
    StringBuilder text = new StringBuilder("[Socket]\nListenStream=\n");
    listen.forEach(address -> text.append("ListenStream=").append(address).append('\n'));
    return text.toString();
  }
}

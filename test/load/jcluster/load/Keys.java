package jcluster.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate for this machine's own address that has signed itself, with its key: servers and
 * clients show it, and trust it.
 */
public final class Keys {
  /** Of the store and of the key. */
  public static final String PASSWORD = "changeit";

  private final Path folder;

  private Keys(Path folder) {
    this.folder = folder;
  }

  /** Those in a folder; they are made if there are none. */
  public static Keys in(Path folder) throws IOException, InterruptedException {
    var keys = new Keys(folder);
    Files.createDirectories(folder);
    if (!Files.exists(keys.certificate())) {
      keys.make();
    }
    return keys;
  }

  /** The key store, of type PKCS12. */
  public Path store() {
    return folder.resolve("keys.p12");
  }

  /** The certificate as a file, for programs that read no key stores. */
  public Path certificate() {
    return folder.resolve("certificate.pem");
  }

  private void make() throws IOException, InterruptedException {
    Files.deleteIfExists(store());
    keytool(
        "-genkeypair",
        "-alias",
        "server",
        "-keyalg",
        "EC",
        "-groupname",
        "secp256r1",
        "-dname",
        "CN=localhost",
        "-validity",
        "3650",
        "-storetype",
        "PKCS12",
        "-ext",
        "san=dns:localhost,ip:127.0.0.1",
        "-ext",
        "bc=ca:true");
    keytool("-exportcert", "-alias", "server", "-rfc", "-file", certificate().toString());
  }

  private void keytool(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/keytool");
    command.addAll(List.of(words));
    command.addAll(List.of("-keystore", store().toString(), "-storepass", PASSWORD));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("keytool: " + output);
    }
  }

  /** For a server, or for a client that trusts it and that shows who it is if asked. */
  public SSLContext context() throws IOException {
    try (InputStream in = Files.newInputStream(store())) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, PASSWORD.toCharArray());
      var mine = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      mine.init(store, PASSWORD.toCharArray());
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("server", store.getCertificate("server"));
      var others = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      others.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(mine.getKeyManagers(), others.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }
}

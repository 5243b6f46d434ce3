package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BalancePageTest {
  private static final int ALL = BalancePage.COUNT * BalancePage.SIZE;

  @TempDir Path folder;
  private Path path;
  private BalancePage seats;

  @BeforeEach
  void open() throws IOException {
    path = folder.resolve("balance");
    Files.writeString(path, "left by another");
    seats = new BalancePage(path);
  }

  @AfterEach
  void close() throws IOException {
    seats.close();
    assertFalse(Files.exists(path));
  }

  @Test
  void aNewPageIsZeroAndForThisUserAlone() throws IOException {
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    assertEquals(131_072, ALL);
    assertArrayEquals(new byte[ALL], Files.readAllBytes(path));
  }

  @Test
  void theLowestFreeSeatIsGiven() {
    assertEquals(0, seats.take());
    assertEquals(1, seats.take());
    assertEquals(2, seats.take());
    seats.free(1);
    seats.free(0);
    assertEquals(0, seats.take());
    assertEquals(1, seats.take());
    assertEquals(3, seats.take());
  }

  @Test
  void whenAllSeatsAreTakenAWorkerHasNone() {
    for (int i = 0; i < BalancePage.COUNT; i++) {
      assertEquals(i, seats.take());
    }
    assertEquals(BalancePage.NONE, seats.take());
    seats.free(BalancePage.NONE);
    assertEquals(BalancePage.NONE, seats.take());
    seats.free(255);
    assertEquals(255, seats.take());
  }

  @Test
  void aSeatIsClearedWhenItIsGivenAndGivenBack() throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer page = channel.map(FileChannel.MapMode.READ_WRITE, 0, ALL);
      for (int i = 0; i < ALL; i++) {
        page.put(i, (byte) 1);
      }
      seats.take();
      assertEquals(1, seats.take());
      seats.take();
      assertEquals(3 * BalancePage.SIZE, zeros(page), "given, but not cleared");
      page.put(BalancePage.SIZE, (byte) 1);
      page.put(2 * BalancePage.SIZE - 1, (byte) 1);
      seats.free(1);
      assertEquals(3 * BalancePage.SIZE, zeros(page), "given back, but not cleared");
    }
  }

  @Test
  void openingAGateChangesNothingElseOfItsSeat() throws IOException {
    seats.take();
    int seat = seats.take();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MappedByteBuffer page = channel.map(FileChannel.MapMode.READ_ONLY, 0, ALL);
      page.order(ByteOrder.nativeOrder());
      assertEquals(ALL, zeros(page));
      seats.open(seat);
      assertEquals(1, page.getInt(seat * BalancePage.SIZE + 4));
      assertEquals(ALL - 1, zeros(page));
      seats.free(seat);
      assertEquals(ALL, zeros(page), "closed for the next worker");
      seats.open(BalancePage.NONE);
    }
  }

  @Test
  void whatAWorkerHasCountedIsInItsSeatAlone() throws IOException {
    seats.take();
    int seat = seats.take();
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer page = channel.map(FileChannel.MapMode.READ_WRITE, 0, ALL);
      page.order(ByteOrder.nativeOrder());
      page.putLong(seat * BalancePage.SIZE + 16, 1L << 40);
      page.putLong(seat * BalancePage.SIZE + 24, 7);
      page.putInt(seat * BalancePage.SIZE + 32, 3);
    }
    assertEquals(Optional.of(new BalancePage.Counts(3, 1L << 40, 7)), seats.counts(seat));
    assertEquals(Optional.of(new BalancePage.Counts(0, 0, 0)), seats.counts(0));
    assertEquals(Optional.empty(), seats.counts(BalancePage.NONE));
  }

  private static int zeros(MappedByteBuffer page) {
    int count = 0;
    for (int i = 0; i < ALL; i++) {
      count += page.get(i) == 0 ? 1 : 0;
    }
    return count;
  }
}

package jcluster.model;

import jcluster.model.Action.Level;

/**
 * The log messages of the model, which jcluster(1) lists under LOG MESSAGES. Their texts are made
 * where the events are decided.
 */
public enum LogMessage {
  /** A worker's process exists. */
  WORKER_STARTED(Level.INFO, "c7028964401d4794a4ef7de2bddb8596"),
  /** A worker is ready. */
  WORKER_READY(Level.INFO, "6373fcaf324b41458c494c4e6cfb2de9"),
  /** A worker that was asked to stop has ended. */
  WORKER_STOPPED(Level.INFO, "de5953d3367f425f8408552885f13f2f"),

  /** A worker ended before it was ready. */
  WORKER_DIED_EARLY(Level.WARNING, "3eac4802ea9d4fd49ec08198afb2e6d6"),
  /** A worker that served ended without having been asked to. */
  WORKER_DIED(Level.WARNING, "0a77e51391404507a3a13b5a127a1b23"),
  /** A worker was not ready within ReadyTimeout=. */
  WORKER_LATE(Level.WARNING, "e02a959ad0e24d738ab127279b7a11f5"),
  /** A worker gave no sign of life within Watchdog=. */
  WORKER_SILENT(Level.WARNING, "9a9de1a5ba4e4b2ab23115f59ab3b341"),
  /** A worker began to stop without having been asked to. */
  WORKER_LEAVING(Level.WARNING, "5bdbfe9f1d6a44d4a55d3b71a644c803"),
  /** A worker's process could not be created. */
  WORKER_NOT_STARTED(Level.WARNING, "60c7aebca3c64975955a171e737ab4f9"),
  /** A new worker fails the requests it is given. */
  WORKER_FAILING(Level.WARNING, "5a606755a34a42028568327f0ec14c00"),

  /** A worker does not end, and is asked for a thread dump. */
  STOP_DUMP(Level.WARNING, "5e0ee23189534a49a317e7cb3e33d5c1"),
  /** A worker does not end, and is killed. */
  STOP_KILL(Level.WARNING, "43c33ff23b694caea2d0781277b1fab9"),

  /** All workers are ready for the first time. */
  STARTED(Level.NOTICE, "3d2246dd149a4105af022df209f8a86c"),
  /** No worker came up. */
  START_FAILED(Level.ERROR, "e593306c6a004b4680893de2eae9b5ff"),
  /** A change of the number of workers begins. */
  SCALING(Level.NOTICE, "5c6855d0e2a24f4a8a6b02793797f70a"),
  /** A change of the number of workers is over. */
  SCALED(Level.NOTICE, "6224f4ee8d39499eb5cf2affc92aee7f"),
  /** The supervisor was told to stop. */
  STOPPING(Level.NOTICE, "4730d79145c14badbf54b5fd53d1229f"),
  /** It was told so again. */
  STOPPING_AT_ONCE(Level.WARNING, "3e4291a05e874c60aa47b549624f5193"),
  /** No worker is left, and the supervisor ends. */
  STOPPED(Level.NOTICE, "31c90ff96eb64e9da1a5edba091d8121"),

  /** A reload begins. */
  RELOADING(Level.NOTICE, "b287a34d32bc4a42830a2b08b586570b"),
  /** A reload is done with a slot. */
  WORKER_REPLACED(Level.NOTICE, "9593490f09644a989e7d7ea138d77a08"),
  /** A new worker did not come up beside the old one, which is stopped first. */
  SLOT_AFRESH(Level.NOTICE, "9c76b3c4050944e8aa4ef4c35830ffbc"),
  /** A reload has replaced all workers. */
  RELOADED(Level.NOTICE, "35bc73efacbe457997220315e024ae9a"),
  /** A reload has ended early. */
  RELOAD_FAILED(Level.ERROR, "64b45ed3413d4d3291449f8975647ab1"),
  /** The configuration for a reload is invalid. */
  RELOAD_REFUSED(Level.ERROR, "d1e89507a3cb43cd8deb66e739e1b32a"),

  /** A worker that is too old or too large is being replaced. */
  RECYCLING(Level.NOTICE, "eed2db7564df4c08b9b2738ca65d76c1"),
  /** It has been replaced. */
  WORKER_RECYCLED(Level.NOTICE, "43b6cc8dc914412083228cf938d9aeae"),
  /** Its replacement makes way for a reload, or its slot goes. */
  RECYCLING_GIVEN_UP(Level.NOTICE, "b930ce35195f44daaea0fd6155ae23cf"),
  /** Its replacement did not come up. */
  RECYCLING_FAILED(Level.ERROR, "43d12a7433614c378ef50322b415fa65");

  private final Level level;
  private final String id;

  LogMessage(Level level, String id) {
    this.level = level;
    this.id = id;
  }

  /** How severe it is, unless the event says otherwise. */
  Level level() {
    return level;
  }

  /** What the journal knows it by: MESSAGE_ID= of systemd.journal-fields(7), a 128-bit number. */
  public String id() {
    return id;
  }
}

import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;

/**
 * A member of a kind of group that only Java's clients form: KIND BOOTSTRAP GROUP TOPIC.
 *
 * <p>Prints a line when the group is stable; leaves it when its standard input ends.
 */
public final class GroupMember {
  private static final int POLL_MS = 50;

  public static void main(String[] arguments) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", arguments[1]);
    String group = arguments[2];
    String topic = arguments[3];
    switch (arguments[0]) {
      case "share" -> consumeShare(settings, group, topic);
      case "streams", "classic" -> runStreams(arguments[0], settings, group, topic);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void consumeShare(Properties settings, String group, String topic)
      throws Exception {
    settings.put("group.id", group);
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    try (var consumer = new KafkaShareConsumer<>(settings, bytes, bytes)) {
      consumer.subscribe(List.of(topic));
      consumer.poll(Duration.ofMillis(POLL_MS));
      awaitStable(settings, group);
      System.in.read();
    }
  }

  /** A Streams application that reads the topic. `protocol`: streams (KIP-1071), or classic. */
  private static void runStreams(String protocol, Properties settings, String id, String topic)
      throws Exception {
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, id);
    settings.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, protocol);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, Files.createTempDirectory("streams").toString());
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "100");
    settings.put("auto.offset.reset", "earliest");
    Class<?> bytes = Serdes.ByteArray().getClass();
    settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, bytes);
    settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, bytes);
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(topic).foreach((key, value) -> {});
    try (var application = new KafkaStreams(builder.build(), settings)) {
      application.start();
      awaitStable(settings, id);
      System.in.read();
      // By default members of a classic group stay until their session timeout.
      application.close(
          CloseOptions.groupMembershipOperation(
              CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    }
  }

  private static void awaitStable(Properties settings, String group) throws Exception {
    try (Admin admin = Admin.create(settings)) {
      while (admin.listGroups().all().get().stream().noneMatch(found -> isStable(found, group))) {
        Thread.sleep(POLL_MS);
      }
    }
    System.out.println("joined");
  }

  private static boolean isStable(GroupListing found, String group) {
    return found.groupId().equals(group)
        && found.groupState().equals(Optional.of(GroupState.STABLE));
  }
}

import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.tools.consumer.group.ConsumerGroupCommand;

/**
 * Kafka's kafka-consumer-groups.sh, once for each line of the standard input: its arguments,
 * separated by spaces. A zero character comes before what each prints. Starting Java each time would
 * take a second.
 */
public final class ConsumerGroups {
  private static final class Ended extends RuntimeException {}

  public static void main(String[] none) throws Exception {
    Exit.Procedure end =
        (code, message) -> {
          if (message != null) System.out.println(message);
          throw new Ended();
        };
    Exit.setExitProcedure(end);
    Exit.setHaltProcedure(end);
    var lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      System.out.print('\0');
      try {
        ConsumerGroupCommand.main(line.split(" "));
      } catch (Ended ended) {
        // It has said why.
      }
    }
  }
}

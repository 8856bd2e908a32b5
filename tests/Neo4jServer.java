import java.nio.file.Path;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/** A community server that speaks Bolt on 127.0.0.1; it ends when its standard input is closed. */
public class Neo4jServer {
  public static void main(String[] arguments) throws Exception {
    var here = new SocketAddress("127.0.0.1", Integer.parseInt(arguments[1]));
    var service = new DatabaseManagementServiceBuilder(Path.of(arguments[0]).toAbsolutePath())
        .setConfig(BoltConnector.enabled, true)
        .setConfig(BoltConnector.listen_address, here)
        .setConfig(BoltConnector.advertised_address, here)
        .setConfig(GraphDatabaseSettings.pagecache_memory, 64L << 20)
        .build();
    System.out.println("ready");
    System.out.flush();
    while (System.in.read() >= 0) {}
    Runtime.getRuntime().halt(0); // nothing of it is kept
  }
}

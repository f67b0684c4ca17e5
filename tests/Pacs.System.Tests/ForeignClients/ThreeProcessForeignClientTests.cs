using Pacs.System.Tests.Servers;

namespace Pacs.System.Tests.ForeignClients;

public sealed class ThreeProcessForeignClientTests(ThreeProcessServer server) : ForeignClientTests(server), IClassFixture<ThreeProcessServer>;

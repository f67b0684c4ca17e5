using Pacs.System.Tests.Servers;

namespace Pacs.System.Tests.ForeignClients;

public sealed class OneProcessForeignClientTests(OneProcessServer server) : ForeignClientTests(server), IClassFixture<OneProcessServer>;

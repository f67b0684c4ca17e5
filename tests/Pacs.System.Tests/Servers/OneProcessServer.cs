using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.Servers;

public sealed class OneProcessServer() : ServerFixture(Arrangement.OneProcess);

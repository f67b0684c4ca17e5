using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.Servers;

public sealed class ThreeProcessServer() : ServerFixture(Arrangement.ThreeProcesses);

using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.Servers;

/// <summary>Logs each object.</summary>
public sealed class TalkativeServer() : ServerFixture(Arrangement.OneProcess, new Dictionary<string, string> { ["Logging__LogLevel__Pacs.Dimse.Store"] = "Debug" });

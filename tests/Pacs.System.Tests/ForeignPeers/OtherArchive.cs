using Pacs.System.Tests.Servers;
using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.ForeignPeers;

/// <summary>Another of these archives, called OTHER.</summary>
public sealed class OtherArchive() : ServerFixture(Arrangement.OneProcess, new Dictionary<string, string> { ["PACS__Dimse__AeTitle"] = "OTHER" }, makesItsIndex: true);

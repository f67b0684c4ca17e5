using Pacs.System.Tests.Servers;
using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.Outbound;

/// <summary>Three processes, of which any may be killed, that soon go on with what was broken off.</summary>
public sealed class ImpatientServer() : ServerFixture(Arrangement.ThreeProcesses, JobClient.Impatient);

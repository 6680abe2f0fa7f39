# 每条命令都由 ./doorstep 完成；没有 make 时直接用它即可。 / Each line is ./doorstep; use it alone where there is no make.
.DEFAULT_GOAL := help
.PHONY: help run up down status test test-long check obligations bench bench-replay soak mining city case report ask tell tail docs

help:  ## 显示本帮助 / this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */\1\t/' | while IFS="$$(printf '\t')" read -r n t; do printf '  make %-12s %s\n' "$$n" "$$t"; done

run:  ## 安装、启动，并把样例台账的一个月走完 / set up, start, play the sample ledger's month
	@./doorstep run $(ARGS)

up:  ## 启动并在后台保持运行 / start and leave running
	@./doorstep up --detach $(ARGS)

down:  ## 停止后台运行的一切 / stop what runs in the background
	@./doorstep down $(ARGS)

status:  ## 查看各服务的运行情况 / what is running
	@./doorstep status $(ARGS)

test:  ## 运行全部测试 / all tests
	@./doorstep test $(ARGS)

test-long:  ## 再运行耗时较长的测试（整站、PostgreSQL、换版本，约五分钟）/ the tests that take longer: whole sites, upgrades (some five minutes)
	@./doorstep test --long

check:  ## 代码检查：ruff、mypy、导入关系 / ruff, mypy, import contracts
	@./doorstep check

obligations:  ## 每条义务：规则、测试、等级、出处，并逐条证明 / every obligation with its rule and tests, proved one by one
	@./doorstep obligations $(ARGS)

bench:  ## 性能测量（需数分钟）/ benchmark (minutes)
	@./doorstep bench $(ARGS)

bench-replay:  ## 重放一百万条事实的性能（约八分钟）/ replay of a million facts (some eight minutes)
	@.venv/bin/python -m tests.bench.replay $(ARGS)

soak:  ## 故障演练一小时：杀进程、断线、丢盘、过载，种子打印在前 / an hour of faults on real processes, seeds printed
	@.venv/bin/python -m tests.faults --minutes 60 $(ARGS)

mining:  ## 用 pm4py 读取并挖掘导出的日志（另建 .venv-mining）/ let pm4py load and mine what is exported
	@./doorstep mining $(ARGS)

city:  ## 一座小城：枢纽、三个中心、一条时断时续的线路 / a small city: a hub, three centers, one line cut and healed
	@./doorstep city $(ARGS)

case:  ## 一件申请的全部经过，例：make case N=SMFW-620105-20260311-0007-K / one request's whole history
	@./doorstep case $(N) $(ARGS)

report:  ## 统计与指标 / counts and indicators
	@./doorstep report $(ARGS)

tail:  ## 事实随到随看，例：make tail ARGS=visits / facts as they come
	@./doorstep tail $(ARGS)

docs:  ## 各服务接口一页可查（AsyncAPI 3）/ the interfaces of all services on one page
	@./doorstep docs $(ARGS)

ask:  ## 提问，例：make ask ARGS="..." / a question to a service
	@./doorstep ask $(ARGS)

tell:  ## 下达指令，例：make tell ARGS="..." / a command to a service
	@./doorstep tell $(ARGS)
